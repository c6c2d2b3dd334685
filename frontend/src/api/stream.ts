/** The stream of frames: a snapshot, then numbered changes. Reconnects with growing pauses and after a gap. */

import { ROOT } from "./client";
import type { StreamMessage } from "./schema";

export type StreamState = "connecting" | "live" | "lost";

export interface StreamHandlers {
  readonly onMessage: (message: StreamMessage) => void;
  readonly onState: (state: StreamState) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Pause before attempt n (0 first): doubles from half a second to fifteen seconds. */
export const pauseBefore = (attempt: number): number => Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);

/** True where a message follows the one before; a snapshot always does. */
export const follows = (previous: number | null, message: StreamMessage): boolean =>
  message.type === "snapshot" || (message.type === "frame" && previous !== null && message.sequence === previous + 1);

export class FrameStream {
  private socket: WebSocket | null = null;
  private sequence: number | null = null;
  private attempt = 0;
  private timer = 0;

  constructor(
    private coin: string,
    private readonly handlers: StreamHandlers,
  ) {
    this.open();
  }

  /** Watch another coin; the server answers with a snapshot of it. */
  watch(coin: string): void {
    if (coin === this.coin) return;
    this.coin = coin;
    this.sequence = null;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "coin", coin }));
    else this.reopen();
  }

  private open(): void {
    this.handlers.onState("connecting");
    const address = new URL(`${ROOT}/stream?coin=${encodeURIComponent(this.coin)}`, document.baseURI);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    const coin = this.coin;
    socket.addEventListener("open", () => {
      if (coin !== this.coin) socket.send(JSON.stringify({ type: "coin", coin: this.coin }));
    });
    socket.addEventListener("message", (event) => this.receive(socket, String(event.data)));
    socket.addEventListener("close", () => {
      if (socket === this.socket) this.retry();
    });
  }

  private receive(socket: WebSocket, text: string): void {
    if (socket !== this.socket) return;
    const message = JSON.parse(text) as StreamMessage;
    if (message.type === "error" || message.type === "status") {
      this.handlers.onMessage(message);
      return;
    }
    if (message.frame.coin !== this.coin) return;
    if (!follows(this.sequence, message)) {
      if (this.sequence !== null) this.reopen();
      return;
    }
    this.sequence = message.sequence;
    this.attempt = 0;
    this.handlers.onState("live");
    this.handlers.onMessage(message);
  }

  private retry(): void {
    this.handlers.onState("lost");
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.open(), pauseBefore(this.attempt));
    this.attempt += 1;
  }

  private reopen(): void {
    const old = this.socket;
    this.socket = null;
    this.sequence = null;
    clearTimeout(this.timer);
    old?.close();
    this.open();
  }
}

/**
 * The stream of frames in a view: everything in it, then numbered changes, compressed. Reconnects with growing pauses
 * and after a gap.
 */

import { ROOT } from "./client";
import { isStudy, type Side, type StreamMessage, type ViewMessage } from "./schema";

export type StreamState = "connecting" | "live" | "lost";

export interface StreamHandlers {
  readonly onMessage: (message: StreamMessage) => void;
  readonly onState: (state: StreamState) => void;
}

/** What is looked at; null: no bound, both sides. */
export interface Look {
  readonly coin: string;
  readonly level: number;
  readonly lowPrice: number | null;
  readonly highPrice: number | null;
  readonly side: Side | null;
  /** Messages are at least so far apart. */
  readonly everyMs: number;
}

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 15_000;

/** Pause before attempt n (0 first): doubles from half a second to fifteen seconds. */
export const pauseBefore = (attempt: number): number => Math.min(FIRST_PAUSE_MS * 2 ** attempt, MAX_PAUSE_MS);

/** True where a message follows the one before: of the same view, from the same frame on. A whole view always does. */
export function follows(previous: ViewMessage | null, message: ViewMessage): boolean {
  if (message.type === "view") return true;
  if (previous === null || previous.sequence !== message.since) return false;
  return (["coin", "level", "first_band", "end_band", "side"] as const).every(
    (name) => previous.frame[name] === message.frame[name],
  );
}

/** The question of a look: of the address, or of a message; what has no bound is left out. */
export const questionOf = (look: Look): Readonly<Record<string, string | number>> => ({
  coin: look.coin,
  level: look.level,
  ...(look.lowPrice === null ? {} : { price_low: look.lowPrice }),
  ...(look.highPrice === null ? {} : { price_high: look.highPrice }),
  ...(look.side === null ? {} : { side: look.side }),
  every_ms: look.everyMs,
});

/** The JSON of a message; a binary one is compressed. */
export const decode = (data: string | ArrayBuffer): Promise<StreamMessage> =>
  typeof data === "string"
    ? Promise.resolve(JSON.parse(data) as StreamMessage)
    : (new Response(
        new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate")),
      ).json() as Promise<StreamMessage>);

export class FrameStream {
  private socket: WebSocket | null = null;
  private previous: ViewMessage | null = null;
  private attempt = 0;
  private timer = 0;
  /** Messages are decoded one after the other, in the order they came. */
  private decoding: Promise<void> = Promise.resolve();

  constructor(
    private wanted: Look,
    private readonly handlers: StreamHandlers,
  ) {
    this.open();
  }

  get look(): Look {
    return this.wanted;
  }

  /** Look at something else; the server answers with everything in it. */
  watch(look: Look): void {
    if (JSON.stringify(look) === JSON.stringify(this.wanted)) return;
    const isSameCoin = look.coin === this.wanted.coin;
    this.wanted = look;
    if (!isSameCoin) this.previous = null;
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(this.socket);
    else if (this.socket?.readyState !== WebSocket.CONNECTING && !isSameCoin) this.reopen();
  }

  private ask(socket: WebSocket): void {
    socket.send(JSON.stringify({ type: "view", ...questionOf(this.wanted) }));
  }

  private open(): void {
    this.handlers.onState("connecting");
    const asked = this.wanted;
    const address = new URL(`${ROOT}/stream`, document.baseURI);
    for (const [name, value] of Object.entries(questionOf(asked))) address.searchParams.set(name, String(value));
    address.searchParams.set("encoding", "deflate");
    address.searchParams.set("study", "true");
    address.searchParams.set("alerts", "true");
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (asked !== this.wanted) this.ask(socket);
    });
    socket.addEventListener("message", (event) => {
      const data = event.data as string | ArrayBuffer;
      this.decoding = this.decoding.then(async () => {
        if (socket !== this.socket) return;
        try {
          this.receive(socket, await decode(data));
        } catch (error) {
          console.error(error);
          if (socket === this.socket) this.reopen();
        }
      });
    });
    socket.addEventListener("close", () => {
      if (socket === this.socket) this.retry();
    });
  }

  private receive(socket: WebSocket, message: StreamMessage): void {
    if (socket !== this.socket) return;
    if (message.type === "error" || message.type === "status" || message.type === "alerts" || isStudy(message)) {
      this.handlers.onMessage(message);
      return;
    }
    if (message.frame.coin !== this.wanted.coin) return;
    if (!follows(this.previous, message)) {
      if (this.previous !== null) this.reopen();
      return;
    }
    this.previous = message;
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
    this.previous = null;
    clearTimeout(this.timer);
    old?.close();
    this.open();
  }
}

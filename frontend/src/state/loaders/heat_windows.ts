/** Keeps a fitting heatmap window at hand while the view moves: asks before what is there runs out, drops late answers. */

import { fetchHeatmap, type HeatmapQuestion, isAbort } from "../../api/client";
import { planFetch, type Service, type Stored, serviceOf, type VisibleArea, willServe } from "../../model/fetch_plan";
import type { HeatmapWindow } from "../../model/window";
import { joinTail, tailQuestion } from "../../model/window_tail";
import { debounce } from "../../timing";

/** After a move: the view that stands still is asked for, not each one on the way. */
const WAIT_MS = 120;

export interface HeatSource extends Stored {
  readonly coin: string;
}

export interface HeatHandlers {
  readonly source: () => HeatSource | null;
  readonly area: () => VisibleArea | null;
  /** Reads the bytes of an answer. */
  readonly open: (bytes: ArrayBuffer) => Promise<HeatmapWindow>;
  readonly onWindow: (window: HeatmapWindow) => void;
  /** What is on screen is not what the view asks for, or is again. */
  readonly onLate: (isLate: boolean) => void;
  readonly onError: (error: unknown) => void;
}

const isSame = (one: HeatmapQuestion, other: HeatmapQuestion | null): boolean =>
  other !== null && JSON.stringify(one) === JSON.stringify(other);

export class HeatLoader {
  private window: HeatmapWindow | null = null;
  private asked: HeatmapQuestion | null = null;
  /** What the request asks for. */
  private asking: HeatmapQuestion | null = null;
  private request: AbortController | null = null;
  /** How often the newest columns were joined to the window. */
  private tails = 0;
  private readonly askSoon = debounce(() => void this.ask(), WAIT_MS);

  constructor(private readonly on: HeatHandlers) {}

  /** The view moved, or what is stored did. isJump: it moves no further. */
  check(isJump = false): void {
    const service = this.service();
    this.on.onLate(service === "none");
    if (service === "whole") return;
    // Nothing is there yet: no move is waited for.
    if (isJump || (this.window === null && this.request === null)) void this.ask();
    else this.askSoon();
  }

  /** New frames are stored: their columns alone are asked for, or all where that does not do. */
  async extend(): Promise<void> {
    const source = this.on.source();
    const { window, asked } = this;
    if (source === null || window === null || asked === null) return;
    const question = tailQuestion(window, asked, source.lastMs, this.tails);
    if (question === null) {
      this.asked = null;
      this.check();
      return;
    }
    this.asking = null;
    const joined = await this.answer(source.coin, question, async (bytes) =>
      joinTail(window, await this.on.open(bytes)),
    );
    if (joined === undefined) return;
    if (joined === null) {
      this.asked = null;
      this.check();
      return;
    }
    this.tails += 1;
    this.asked = { ...asked, endMs: source.lastMs + 1, width: asked.width + joined.columns - window.columns };
    this.take(joined);
  }

  clear(): void {
    this.request?.abort();
    this.window = this.asked = this.request = null;
  }

  private service(): Service {
    const source = this.on.source();
    const area = this.on.area();
    if (source === null || area === null) return "whole";
    if (this.asked === null || this.window === null) return "none";
    return serviceOf(this.window, this.asked, area, source);
  }

  private async ask(): Promise<void> {
    const source = this.on.source();
    const area = this.on.area();
    if (source === null || area === null || this.service() === "whole") return;
    const question = planFetch(area, source);
    // Where the answer to it does not do, another one would not.
    if (isSame(question, this.asked)) return;
    // What is on its way already, or will do, is waited for.
    if (this.request !== null && this.asking !== null && willServe(this.asking, area, source)) return;
    this.asking = question;
    const window = await this.answer(source.coin, question, (bytes) => this.on.open(bytes));
    if (window === undefined) return;
    this.asked = question;
    this.tails = 0;
    this.take(window);
  }

  private take(window: HeatmapWindow): void {
    this.window = window;
    this.on.onWindow(window);
    this.check();
  }

  /** undefined where a newer question took the place of this one, or it failed. */
  private async answer<T>(
    coin: string,
    question: HeatmapQuestion,
    read: (bytes: ArrayBuffer) => Promise<T>,
  ): Promise<T | undefined> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      const answer = await read(await fetchHeatmap(coin, question, request.signal));
      return request.signal.aborted ? undefined : answer;
    } catch (error) {
      if (!request.signal.aborted && !isAbort(error)) this.on.onError(error);
      return undefined;
    } finally {
      if (this.request === request) this.request = null;
    }
  }
}

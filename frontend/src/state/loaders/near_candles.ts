/** Keeps candles at hand that are fine enough for the view: those of all time, or of the time around what is looked at. */

import { fetchCandles, isAbort } from "../../api/client";
import type { CandlesAnswer } from "../../api/schema";
import { type CandlesAtHand, covers, planCandles, serves, type TimeSpan } from "../../model/candle_plan";
import { debounce } from "../../timing";

const WAIT_MS = 120;

export interface Candles extends CandlesAtHand {
  readonly answer: CandlesAnswer;
}

/** `all` are the candles of all time; `view` and `width` (CSS pixels) what is looked at. */
export interface CandleView {
  readonly coin: string;
  readonly all: Candles;
  readonly view: TimeSpan;
  readonly width: number;
}

export class CandleLoader {
  private near: Candles | null = null;
  /** The candles near the view reached the end of all time when they were asked for. */
  private isNewest = false;
  private asking: TimeSpan | null = null;
  private request: AbortController | null = null;
  private readonly checkSoon = debounce(() => this.check(this.look()), WAIT_MS);

  constructor(
    private readonly look: () => CandleView | null,
    private readonly onCandles: () => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The view moved. */
  move(): void {
    const look = this.look();
    if (look !== null && !this.isServed(look)) this.checkSoon();
  }

  /** True where what is at hand is fine enough for a view; else the server is asked. */
  check(look: CandleView | null): boolean {
    if (look === null || this.isServed(look)) return true;
    void this.ask(look);
    return false;
  }

  /** Time went on: what is at hand stays on screen until the answer. */
  renew(): void {
    const look = this.look();
    if (look !== null && this.isNewest && this.best(look.all, look.view) !== look.all) void this.ask(look);
  }

  clear(): void {
    this.request?.abort();
    this.near = null;
    this.asking = null;
  }

  /** The finest candles at hand that reach over a view. */
  best(all: Candles, view: TimeSpan): Candles {
    const { near } = this;
    return near !== null && near.intervalMs < all.intervalMs && covers(near, view, this.known(all)) ? near : all;
  }

  private isServed({ all, view, width }: CandleView): boolean {
    if (serves(all, view, all, width)) return true;
    return this.near !== null && serves(this.near, view, this.known(all), width);
  }

  /** All time as far as it went when the candles at hand were asked for: newer ones come by `renew`. */
  private known(all: TimeSpan): TimeSpan {
    return this.isNewest && this.near !== null ? { ...all, endMs: Math.min(this.near.endMs, all.endMs) } : all;
  }

  private async ask({ coin, all, view }: CandleView): Promise<void> {
    const span = planCandles(view, all);
    if (this.asking !== null && covers(this.asking, span, all) && covers(span, this.asking, all)) return;
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.asking = span;
    try {
      const answer = await fetchCandles(coin, request.signal, span);
      if (request.signal.aborted) return;
      this.asking = null;
      this.near = { ...span, intervalMs: answer.source.interval_ms, answer };
      this.isNewest = span.endMs >= all.endMs;
      this.onCandles();
    } catch (error) {
      if (isAbort(error)) return;
      this.asking = null;
      this.onError(error);
    }
  }
}

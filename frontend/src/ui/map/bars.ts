/** The candles of the chart: bars of a width that suits the view, of the finest candles at hand. */

import type { CandleRow, CandlesAnswer } from "../../api/schema";
import { type MapChart, roomAfter } from "../../chart/chart";
import type { TimeSpan } from "../../model/candle_plan";
import { chooseInterval, gridOf, joinPath, keepsInterval, pricesIn } from "../../model/candles";
import { massOf, type PriceSpan, withMass } from "../../model/price_span";
import { candlesUntil } from "../../model/replay";
import { openingSpan, spanOf } from "../../model/time_range";
import { firstShown } from "../../state/loaders/heat";
import { CandleLoader, type Candles, type CandleView } from "../../state/loaders/near_candles";
import type { PageState } from "../../state/page_state";
import { afterDrawing, debounce } from "../../timing";

/** CSS pixels, before the chart is laid out. */
const FIRST_WIDTH = 800;
const SHORTEST_MS = 60_000;
const FIT_WAIT_MS = 150;

export class Bars {
  /** What the bars are made of. */
  private drawn: Candles | null = null;
  /** To be shown as soon as candles fine enough for it are there. */
  private wanted: TimeSpan | null = null;
  /** What is wanted is what a link says, to the pixel. */
  private isLinked = false;
  /** The reader moved the view since a range was shown. */
  isMoved = false;
  private readonly near: CandleLoader;
  private readonly fitSoon = debounce(() => this.fit(), FIT_WAIT_MS);

  constructor(
    private readonly page: PageState,
    private readonly chart: MapChart,
  ) {
    this.near = new CandleLoader(
      () => this.look(),
      () => this.take(),
      (error) => {
        page.tell(error);
        this.take();
      },
    );
  }

  /** Nothing of the coin before. */
  clear(): void {
    this.near.clear();
    this.drawn = this.wanted = this.page.planned.value = null;
    this.chart.clear();
  }

  /** Candles of all time came: the coin comes on screen, or time went on. */
  renew(candles: CandlesAnswer): void {
    const isSameKind = this.drawn !== null && this.chart.intervalMs !== null && !this.isFirstVenue(candles);
    if (isSameKind) this.extend();
    else this.open(candles);
  }

  /** The whole range that is chosen. */
  showRange(): void {
    const [status, candles] = [this.page.status.peek(), this.page.candles.peek()];
    if (status === null || candles === null) return;
    this.show(...spanOf(this.page.range.peek(), firstShown(status, candles), this.page.at.peek() ?? status.last_ms));
  }

  /** The view moved. */
  move(): void {
    this.near.move();
    this.fitSoon();
  }

  /** Candles of a venue in place of the path of marks reach further back: the coin is opened anew. */
  private isFirstVenue(candles: CandlesAnswer): boolean {
    return candles.source.kind !== "mark_path" && this.drawn?.answer.source.kind === "mark_path";
  }

  private open(candles: CandlesAnswer): void {
    const status = this.page.status.peek();
    if (status === null) return;
    const last = this.page.at.peek() ?? status.last_ms;
    this.show(...openingSpan(this.page.range.peek(), firstShown(status, candles), status.first_ms, last));
  }

  private show(start: number, end: number): void {
    const linked = this.page.view.peek().span;
    this.isLinked = linked !== null;
    this.isMoved = linked !== null || this.page.view.peek().prices !== null;
    this.wanted = linked ?? { startMs: Math.min(start, end - SHORTEST_MS), endMs: end };
    this.plan();
    if (this.near.check(this.look(this.wanted))) this.showWanted();
  }

  /** Say what will be on screen, so that its map is asked for together with the candles and not after them. */
  plan(): void {
    const [all, { wanted }] = [this.all(), this];
    const { width, height } = this.chart.paneSize;
    if (wanted === null || all === null || width < 2) return;
    const prices = this.page.view.peek().prices ?? this.fitting(all.answer.candles, wanted);
    if (prices === null) return;
    const { startMs } = wanted;
    const endMs = this.isLinked ? wanted.endMs : roomAfter(startMs, wanted.endMs);
    this.page.planned.value = { startMs, endMs, lowPrice: prices.low, highPrice: prices.high, width, height };
  }

  /** The prices that the scale fits to the candles of a span; null: there are none. */
  private fitting(candles: readonly CandleRow[], { startMs, endMs }: TimeSpan): PriceSpan | null {
    const seen = pricesIn(candles, startMs, endMs);
    return seen === null ? null : withMass(seen, massOf(this.page.scale.peek()));
  }

  private showWanted(): void {
    const { wanted } = this;
    const all = this.all();
    if (wanted === null || all === null) return;
    this.wanted = null;
    const candles = this.near.best(all, wanted);
    const span = Math.max(wanted.endMs - wanted.startMs, candles.intervalMs);
    this.set(candles, chooseInterval(span, this.width, candles.intervalMs));
    if (this.isLinked) {
      this.chart.followPrice();
      this.chart.showSpan(wanted.startMs, wanted.endMs);
    } else this.chart.showRange(wanted.endMs - span, wanted.endMs);
    const { prices } = this.page.view.peek();
    if (prices !== null) this.chart.setPrices(prices);
    // The scale of the chart says what is on screen once it was drawn.
    afterDrawing(() => {
      if (this.wanted === null) this.page.planned.value = null;
    });
  }

  /** Candles came for what is wanted, or for the view. */
  private take(): void {
    if (this.wanted !== null) this.showWanted();
    else this.fit();
  }

  /** Newer candles in bars as wide as before. */
  private extend(): void {
    const interval = this.chart.intervalMs;
    const look = this.look();
    if (interval === null || look === null) return;
    const candles = this.near.best(look.all, look.view);
    this.set(candles, Math.max(interval, candles.intervalMs));
    this.near.renew();
  }

  /** After a move or a zoom: the finest candles at hand, in bars that stay some pixels wide. */
  private fit(): void {
    const look = this.look();
    const interval = this.chart.intervalMs;
    if (look === null || interval === null) return;
    const candles = this.near.best(look.all, look.view);
    const span = look.view.endMs - look.view.startMs;
    const isDrawn = candles.answer === this.drawn?.answer;
    if (isDrawn && keepsInterval(interval, span, look.width)) return;
    const wanted = chooseInterval(span, look.width, candles.intervalMs);
    if (!isDrawn || wanted !== interval) this.set(candles, wanted);
  }

  private set(candles: Candles, intervalMs: number): void {
    const { answer, startMs, endMs } = candles;
    const told = this.until(answer);
    const rows: readonly CandleRow[] = answer.source.kind === "mark_path" ? joinPath(told) : told;
    this.drawn = candles;
    this.chart.setBars(gridOf(rows, intervalMs, startMs, endMs));
  }

  /** Another moment is looked at: the bars end there. */
  cut(): void {
    const interval = this.chart.intervalMs;
    if (this.drawn !== null && interval !== null) this.set(this.drawn, interval);
  }

  /** All candles, or those that were known at the moment that is looked at. */
  private until(answer: CandlesAnswer): readonly CandleRow[] {
    const at = this.page.at.peek();
    if (at === null) return answer.candles;
    const frame = this.page.moment.peek()?.frame;
    const isMarked = frame !== undefined && frame.mark !== null;
    const mark = isMarked ? { timeMs: frame.as_of_ms, price: frame.mark ?? 0 } : null;
    return candlesUntil(answer.candles, answer.source.interval_ms, at, mark);
  }

  private get width(): number {
    return this.chart.paneSize.width || FIRST_WIDTH;
  }

  private all(): Candles | null {
    const [status, candles] = [this.page.status.peek(), this.page.candles.peek()];
    if (status === null || candles === null) return null;
    const startMs = firstShown(status, candles);
    return { startMs, endMs: status.last_ms + 1, intervalMs: candles.source.interval_ms, answer: candles };
  }

  /** The view as the candles see it: what is on screen, or what is wanted there. */
  private look(wanted: TimeSpan | null = this.wanted): CandleView | null {
    const coin = this.page.coin.peek();
    const all = this.all();
    const span = this.chart.visibleSpan();
    const view = wanted ?? (span === null ? null : { startMs: span[0], endMs: span[1] });
    return coin === null || all === null || view === null ? null : { coin, all, view, width: this.width };
  }
}

/** Keeps a fitting heatmap window at hand while the view moves: asks when what is there runs out, drops late answers. */

import { fetchHeatmap, type HeatmapQuestion, isAbort } from "../../api/client";
import { planFetch, serves, type VisibleArea } from "../../model/fetch_plan";
import type { HeatmapWindow } from "../../model/window";
import { joinTail, tailQuestion } from "../../model/window_tail";
import { debounce } from "../../timing";

const WAIT_MS = 120;

export interface HeatSource {
  readonly coin: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

export class HeatLoader {
  window: HeatmapWindow | null = null;
  private asked: HeatmapQuestion | null = null;
  private request: AbortController | null = null;
  /** How often the newest columns were joined to the window. */
  private tails = 0;
  private readonly askSoon = debounce(() => void this.ask(), WAIT_MS);

  constructor(
    private readonly source: () => HeatSource | null,
    private readonly area: () => VisibleArea | null,
    private readonly onWindow: (window: HeatmapWindow) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The view moved. */
  check(): void {
    if (!this.isServed()) this.askSoon();
  }

  /** Cells of another size: what is there no longer counts, but stays on screen until the answer. */
  renew(): void {
    this.asked = null;
    this.askSoon();
  }

  /** New frames are stored: their columns alone are asked for, or all where that does not do. */
  async extend(): Promise<void> {
    const source = this.source();
    const { window, asked } = this;
    const question =
      source === null || window === null || asked === null
        ? null
        : tailQuestion(window, asked, source.lastMs, this.tails);
    if (source === null || window === null || asked === null || question === null) {
      this.renew();
      return;
    }
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      const joined = joinTail(window, await fetchHeatmap(source.coin, question, request.signal));
      if (request.signal.aborted) return;
      if (joined === null) {
        this.renew();
        return;
      }
      this.window = joined;
      this.tails += 1;
      this.asked = { ...asked, endMs: source.lastMs + 1, width: asked.width + joined.columns - window.columns };
      this.onWindow(joined);
      this.check();
    } catch (error) {
      if (!isAbort(error)) this.onError(error);
    }
  }

  clear(): void {
    this.request?.abort();
    this.window = null;
    this.asked = null;
  }

  private isServed(): boolean {
    const source = this.source();
    const area = this.area();
    if (source === null || area === null) return true;
    if (this.asked === null || this.window === null) return false;
    return serves(this.window, this.asked, area, source.firstMs, source.lastMs);
  }

  private async ask(): Promise<void> {
    const source = this.source();
    const area = this.area();
    if (source === null || area === null || this.isServed()) return;
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    const question = planFetch(area, source.firstMs, source.lastMs);
    try {
      const window = await fetchHeatmap(source.coin, question, request.signal);
      if (request.signal.aborted) return;
      this.window = window;
      this.asked = question;
      this.tails = 0;
      this.onWindow(window);
      this.check();
    } catch (error) {
      if (!isAbort(error)) this.onError(error);
    }
  }
}

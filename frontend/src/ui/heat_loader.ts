/** Keeps a fitting heatmap window at hand while the view moves: asks when what is there runs out, drops late answers. */

import { fetchHeatmap, type HeatmapQuestion, isAbort } from "../api/client";
import { planFetch, serves, type VisibleArea } from "../model/fetch_plan";
import type { HeatmapWindow } from "../model/window";
import { debounce } from "./dom";

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

  /** Another coin, or new stored frames: what is there no longer counts, but stays on screen until the answer. */
  renew(): void {
    this.asked = null;
    this.askSoon();
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
      this.onWindow(window);
      this.check();
    } catch (error) {
      if (!isAbort(error)) this.onError(error);
    }
  }
}

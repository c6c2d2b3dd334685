/** What lies under the pointer: hover frame, tooltip, and the question to the server behind it. */

import { fetchPositions, isAbort } from "../api/client";
import type { Cluster } from "../api/schema";
import type { MapChart, PointerPlace } from "../chart/chart";
import { type Cell, cellNear, type HeatmapWindow, usdOf } from "../model/window";
import { debounce } from "./dom";
import { type Details, placeTooltip, renderTooltip } from "./tooltip";

const REACH_PX = 4;
const WAIT_MS = 140;
/** Positions that are looked at for their margin source; sums are of all. */
const MAX_ROWS = 100;

export interface InspectorView {
  readonly coin: string | null;
  readonly window: HeatmapWindow | null;
  readonly mark: number | null;
  readonly threshold: number;
  readonly clusters: readonly Cluster[];
}

export class Inspector {
  private cell: Cell | null = null;
  private details: Details = null;
  private request: AbortController | null = null;
  private place: PointerPlace | null = null;
  private readonly askSoon = debounce(() => void this.ask(), WAIT_MS);

  constructor(
    private readonly chart: () => MapChart,
    private readonly hover: HTMLElement,
    private readonly box: HTMLElement,
    private readonly view: () => InspectorView,
  ) {}

  /** The cell that a pointer means: the one under it, or a drawn one within a few pixels. */
  cellAt(place: PointerPlace): Cell | null {
    const { window, threshold } = this.view();
    if (window === null) return null;
    const chart = this.chart();
    const probe = cellNear(window, place.timeMs, place.price, 0);
    const low = probe === null ? null : chart.yOf(probe.priceLow);
    const high = probe === null ? null : chart.yOf(probe.priceHigh);
    if (low === null || high === null) return probe;
    const reach = Math.min(Math.floor(REACH_PX / Math.max(low - high, 0.25)), 16);
    return cellNear(window, place.timeMs, place.price, reach, Math.max(threshold * 0.999, 0));
  }

  move(place: PointerPlace | null): void {
    this.place = place;
    const cell = place === null ? null : this.cellAt(place);
    if (place === null || cell === null) {
      this.hide();
      return;
    }
    const isSame =
      this.cell !== null &&
      cell.band === this.cell.band &&
      cell.level === this.cell.level &&
      cell.asOfMs === this.cell.asOfMs &&
      cell.long === this.cell.long;
    this.cell = cell;
    if (!isSame) {
      this.request?.abort();
      this.details = null;
      if (usdOf(cell) > 0) {
        this.details = "asking";
        this.askSoon();
      }
    }
    this.show();
  }

  /** The view moved under a still pointer: what is shown no longer lies there. */
  hide(): void {
    this.request?.abort();
    this.cell = null;
    this.box.hidden = true;
    this.hover.hidden = true;
  }

  private show(): void {
    const { cell, place } = this;
    const { window, mark, clusters } = this.view();
    if (cell === null || place === null || window === null) return;
    const chart = this.chart();
    const left = chart.element.offsetLeft;
    const atTime = window.mark[cell.column];
    renderTooltip(
      this.box,
      cell,
      atTime !== undefined && !Number.isNaN(atTime) ? atTime : mark,
      this.details,
      clusters,
    );
    placeTooltip(this.box, place.x + left, place.y, left + chart.paneSize.width, chart.paneSize.height);
    const x0 = chart.heat.xOf(window.start_ms + cell.column * window.step_ms);
    const x1 = chart.heat.xOf(window.start_ms + (cell.column + 1) * window.step_ms);
    const y0 = chart.yOf(cell.priceHigh);
    const y1 = chart.yOf(cell.priceLow);
    if (x0 === null || x1 === null || y0 === null || y1 === null) return;
    const from = Math.max(x0, 0);
    const to = Math.min(x1, chart.paneSize.width);
    this.hover.hidden = false;
    this.hover.style.transform = `translate(${Math.round(from + left) - 1}px, ${Math.round(y0) - 1}px)`;
    this.hover.style.width = `${Math.max(Math.round(to - from), 3) + 2}px`;
    this.hover.style.height = `${Math.max(Math.round(y1 - y0), 2) + 2}px`;
  }

  private async ask(): Promise<void> {
    const cell = this.cell;
    const coin = this.view().coin;
    if (cell === null || coin === null || cell.asOfMs === null || this.details !== "asking") return;
    const request = new AbortController();
    this.request = request;
    try {
      const answer = await fetchPositions(
        coin,
        { band: cell.band, level: cell.level, at: cell.asOfMs },
        MAX_ROWS,
        request.signal,
      );
      if (this.cell?.band !== cell.band || this.cell.asOfMs !== cell.asOfMs) return;
      this.details = answer;
    } catch (error) {
      if (isAbort(error)) return;
      this.details = "failed";
    }
    this.show();
  }
}

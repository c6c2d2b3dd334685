/** Which heatmap window to ask for, and whether the one at hand still serves the view. */

import type { HeatmapQuestion } from "../api/client";
import { endMs, type HeatmapWindow, rowPrice } from "./window";

/** What is on screen. */
export interface VisibleArea {
  readonly startMs: number;
  readonly endMs: number;
  readonly lowPrice: number;
  readonly highPrice: number;
  /** Cells that fit side by side, and one above the other. */
  readonly width: number;
  readonly height: number;
}

const MARGIN = 0.5;
const MAX_COLUMNS = 2_000;
const MAX_ROWS = 1_400;
/** A step this many times finer than what is drawn is worth asking for. */
const FINER = 1.9;
const COARSER = 4;

/** How coarse the cells are: CSS pixels of height that a row has at least, and of width that a column has. */
export const DETAILS = { fine: [1, 1], normal: [2.5, 1.5], coarse: [7, 3] } as const;
export type Detail = keyof typeof DETAILS;

/** The visible area with half of it more on each side, in cells of the wanted size. */
export function planFetch(area: VisibleArea, firstMs: number, lastMs: number): HeatmapQuestion {
  const span = area.endMs - area.startMs;
  const start = Math.max(area.startMs - MARGIN * span, firstMs);
  const end = Math.min(area.endMs + MARGIN * span, lastMs + 1);
  const ratio = area.highPrice / area.lowPrice;
  const share = Math.max((end - start) / span, 0.05);
  return {
    startMs: Math.min(start, end - 1),
    endMs: end,
    lowPrice: area.lowPrice / ratio ** MARGIN,
    highPrice: area.highPrice * ratio ** MARGIN,
    width: clamp(Math.round(area.width * share), 16, MAX_COLUMNS),
    height: clamp(Math.round(area.height * (1 + 2 * MARGIN)), 16, MAX_ROWS),
  };
}

/** True where the window covers what is stored of the area, at a fitting resolution. `asked` is the question it answered. */
export function serves(
  window: HeatmapWindow,
  asked: HeatmapQuestion,
  area: VisibleArea,
  firstMs: number,
  lastMs: number,
): boolean {
  const start = Math.max(area.startMs, firstMs);
  const end = Math.min(area.endMs, lastMs);
  if (start < window.start_ms || end > Math.max(endMs(window), asked.endMs)) return false;
  const low = Math.min(rowPrice(window, 0), asked.lowPrice);
  const high = Math.max(rowPrice(window, window.rows), asked.highPrice);
  if (area.lowPrice < low * 0.999 || area.highPrice > high * 1.001) return false;
  const wanted = planFetch(area, firstMs, lastMs);
  const times = (asked.endMs - asked.startMs) / asked.width / ((wanted.endMs - wanted.startMs) / wanted.width);
  const prices =
    Math.log(asked.highPrice / asked.lowPrice) /
    asked.height /
    (Math.log(wanted.highPrice / wanted.lowPrice) / wanted.height);
  return within(times) && within(prices);
}

const within = (ratio: number): boolean => ratio < FINER && ratio > 1 / COARSER;
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

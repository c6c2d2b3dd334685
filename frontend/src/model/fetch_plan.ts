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

/**
 * The one known so far where the other says the same: a chart tells with each frame that it draws, and what follows
 * what is on screen, and draws on the chart, would otherwise be drawn without end.
 */
export const keptArea = (known: VisibleArea | null, told: VisibleArea | null): VisibleArea | null =>
  JSON.stringify(known) === JSON.stringify(told) ? known : told;

/** The times that are stored, ms, and which levels are looked at. */
export interface Stored {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly levels: HeatmapQuestion["levels"];
}

/** Of the view, on each side: a whole screen of time is there before it is panned to. */
const TIME_MARGIN = 1;
const PRICE_MARGIN = 0.5;
/** Less than this left on a side, and the next window is asked for while the one at hand is still drawn. */
const LEAST_MARGIN = 0.5;
const MAX_COLUMNS = 2_400;
const MAX_ROWS = 1_400;
/** No row is finer than a band of the grid, in log price. */
const FINEST_ROW = Math.log1p(5e-4);
/** A step this many times finer than what is drawn is worth asking for. */
const FINER = 1.9;
const COARSER = 4;

/** CSS pixels of height that a row has at least, and of width that a column has: rows are joined to drawn ones of 2 to 3. */
export const CELL_SIZE: readonly [height: number, width: number] = [1, 2];

/** The visible area with its margins, in cells of the wanted size. */
export function planFetch(area: VisibleArea, stored: Stored): HeatmapQuestion {
  const span = area.endMs - area.startMs;
  const start = Math.max(area.startMs - TIME_MARGIN * span, stored.firstMs);
  const end = Math.min(area.endMs + TIME_MARGIN * span, stored.lastMs + 1);
  const ratio = area.highPrice / area.lowPrice;
  const share = Math.max((end - start) / span, 0.05);
  return {
    startMs: Math.min(start, end - 1),
    endMs: end,
    lowPrice: area.lowPrice / ratio ** PRICE_MARGIN,
    highPrice: area.highPrice * ratio ** PRICE_MARGIN,
    width: clamp(Math.round(area.width * share), 16, MAX_COLUMNS),
    height: clamp(Math.round(area.height * (1 + 2 * PRICE_MARGIN)), 16, MAX_ROWS),
    levels: stored.levels,
  };
}

/** none: something of the view is missing or too coarse. soon: all is there, but not for long if the view moves on. */
export type Service = "whole" | "soon" | "none";

/** How a window serves what is stored of the area. `asked` is the question it answered. */
export function serviceOf(window: HeatmapWindow, asked: HeatmapQuestion, area: VisibleArea, stored: Stored): Service {
  const wanted = planFetch(area, stored);
  if (asked.levels !== stored.levels || !isFine(asked, wanted)) return "none";
  if (!reaches(window, asked, area, stored)) return "none";
  // The pane has another height: its rows are to be those of its size, not of the one before.
  if (asked.height !== wanted.height) return "soon";
  const span = (area.endMs - area.startMs) * LEAST_MARGIN;
  const wider = { ...area, startMs: area.startMs - span, endMs: area.endMs + span };
  return reaches(window, asked, wider, stored) ? "whole" : "soon";
}

/** Whether the answer to a question, once it is there, will serve what is stored of the area. */
export function willServe(asked: HeatmapQuestion, area: VisibleArea, stored: Stored): boolean {
  return asked.levels === stored.levels && isFine(asked, planFetch(area, stored)) && holds(asked, area, stored);
}

/** True where the window covers what is stored of the area. */
function reaches(window: HeatmapWindow, asked: HeatmapQuestion, area: VisibleArea, stored: Stored): boolean {
  const there = {
    startMs: window.start_ms,
    endMs: Math.max(endMs(window), asked.endMs),
    lowPrice: Math.min(rowPrice(window, 0), asked.lowPrice),
    highPrice: Math.max(rowPrice(window, window.rows), asked.highPrice),
  };
  return holds(there, area, stored);
}

type Extent = Pick<VisibleArea, "startMs" | "endMs" | "lowPrice" | "highPrice">;

function holds(there: Extent, area: VisibleArea, stored: Stored): boolean {
  if (Math.max(area.startMs, stored.firstMs) < there.startMs) return false;
  if (Math.min(area.endMs, stored.lastMs) > there.endMs) return false;
  return area.lowPrice >= there.lowPrice * 0.999 && area.highPrice <= there.highPrice * 1.001;
}

/** True where the cells that were asked for are about those that are wanted. */
function isFine(asked: HeatmapQuestion, wanted: HeatmapQuestion): boolean {
  const times = (asked.endMs - asked.startMs) / asked.width / ((wanted.endMs - wanted.startMs) / wanted.width);
  const rowOf = ({ lowPrice, highPrice, height }: HeatmapQuestion): number =>
    Math.max(Math.log(highPrice / lowPrice) / height, FINEST_ROW);
  return within(times) && within(rowOf(asked) / rowOf(wanted));
}

const within = (ratio: number): boolean => ratio < FINER && ratio > 1 / COARSER;
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

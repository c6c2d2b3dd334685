/** Which resting orders to ask for: those on screen and as much again around them. */

import type { HeatmapQuestion } from "../api/client";
import type { VisibleArea } from "./fetch_plan";

export interface BookQuestion extends Omit<HeatmapQuestion, "levels"> {
  readonly coin: string;
}

const MARGIN = 0.5;
/** CSS pixels of a cell. */
const CELL = 3;
const MAX_CELLS = 600;
const MIN_CELLS = 16;
const FINER = 2;

/** The question before, as long as it serves what is on screen; `pastMs`: nothing after it is to be known. */
export function planBook(
  before: BookQuestion | null,
  coin: string,
  area: VisibleArea,
  pastMs: number | null,
): BookQuestion {
  const span = area.endMs - area.startMs;
  const ratio = area.highPrice / area.lowPrice;
  const end = Math.ceil(area.endMs + MARGIN * span);
  const cells = (pixels: number): number =>
    Math.min(Math.max(Math.round((pixels * (1 + 2 * MARGIN)) / CELL), MIN_CELLS), MAX_CELLS);
  const startMs = Math.floor(Math.max(area.startMs - MARGIN * span, 1));
  const next = {
    coin,
    startMs,
    endMs: Math.max(pastMs === null ? end : Math.min(end, pastMs + 1), startMs + 1),
    lowPrice: area.lowPrice / ratio ** MARGIN,
    highPrice: area.highPrice * ratio ** MARGIN,
    width: cells(area.width),
    height: cells(area.height),
  };
  const seenEnd = pastMs === null ? area.endMs : Math.min(area.endMs, pastMs);
  const serves =
    before !== null &&
    before.coin === coin &&
    before.startMs <= area.startMs &&
    before.endMs >= seenEnd &&
    (pastMs === null || before.endMs <= pastMs + 1) &&
    before.lowPrice <= area.lowPrice &&
    before.highPrice >= area.highPrice &&
    isNear((before.endMs - before.startMs) / (next.endMs - next.startMs)) &&
    isNear(Math.log(before.highPrice / before.lowPrice) / Math.log(next.highPrice / next.lowPrice));
  return serves ? before : next;
}

const isNear = (ratio: number): boolean => ratio < FINER && ratio > 1 / FINER;

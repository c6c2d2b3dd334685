/** Which columns of context to ask for: those on screen and as much again around them, not for every pixel of a pan. */

import type { VisibleArea } from "./fetch_plan";

export interface ContextQuestion {
  readonly coin: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly width: number;
}

const MARGIN = 0.75;
/** CSS pixels of a column on screen. */
const COLUMN = 3;
const MAX_COLUMNS = 480;
const MIN_COLUMNS = 16;
/** A step this many times finer or coarser than what is asked for is worth asking again. */
const FINER = 1.9;
const COARSER = 2.5;

/** The question before, as long as it serves what is on screen; `pastMs`: nothing after it is to be known. */
export function planContext(
  before: ContextQuestion | null,
  coin: string,
  area: VisibleArea,
  pastMs: number | null,
): ContextQuestion {
  const span = area.endMs - area.startMs;
  const columns = Math.round((area.width * (1 + 2 * MARGIN)) / COLUMN);
  const end = area.endMs + MARGIN * span;
  const next = {
    coin,
    startMs: Math.floor(Math.max(area.startMs - MARGIN * span, 1)),
    endMs: Math.ceil(pastMs === null ? end : Math.min(end, pastMs + 1)),
    width: Math.min(Math.max(columns, MIN_COLUMNS), MAX_COLUMNS),
  };
  const seenEnd = pastMs === null ? area.endMs : Math.min(area.endMs, pastMs);
  const serves =
    before !== null &&
    before.coin === coin &&
    before.startMs <= area.startMs &&
    before.endMs >= seenEnd &&
    (pastMs === null || before.endMs <= pastMs + 1) &&
    isNear(stepOf(before) / stepOf(next));
  return serves ? before : { ...next, endMs: Math.max(next.endMs, next.startMs + 1) };
}

const stepOf = ({ startMs, endMs, width }: ContextQuestion): number => (endMs - startMs) / width;
const isNear = (ratio: number): boolean => ratio < FINER && ratio > 1 / COARSER;

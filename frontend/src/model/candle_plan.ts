/** Which candles a view needs: those of all time serve while they are fine enough, else the ones around the view. */

import { chooseInterval } from "./candles";

const MINUTE = 60_000;
/** The server answers with the finest interval of which so many fit (docs/api.md). */
const MAX_CANDLES = 2_000;
/** Its intervals are at most this many times apart: an answer with fewer candles than that allows had no finer ones. */
const WIDEST_GAP = 7;
/** Part of the view that is asked for on each side of it. */
const MARGIN = 1;
/** A question this many times narrower brings finer candles. */
const NARROWER = 1.9;

export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** Candles at hand: of the time that was asked for, in the interval that was answered. */
export interface CandlesAtHand extends TimeSpan {
  readonly intervalMs: number;
}

/** True where candles of this interval are finer than a view of `width` pixels draws them. */
export const isFineEnough = (intervalMs: number, view: TimeSpan, width: number): boolean =>
  intervalMs <= chooseInterval(view.endMs - view.startMs, width, MINUTE);

/** True where the server would have answered with finer candles if it had any. */
export const isFinest = (candles: CandlesAtHand): boolean =>
  (candles.endMs - candles.startMs) / candles.intervalMs < MAX_CANDLES / WIDEST_GAP;

/** The time to ask about for a view, inside [all.startMs, all.endMs). */
export function planCandles(view: TimeSpan, all: TimeSpan): TimeSpan {
  const span = view.endMs - view.startMs;
  const start = Math.max(view.startMs - MARGIN * span, all.startMs);
  const end = Math.min(view.endMs + MARGIN * span, all.endMs);
  return { startMs: Math.min(Math.floor(start), Math.floor(end) - 1), endMs: Math.ceil(end) };
}

/** True where the candles reach over what there is of the view. */
export const covers = (candles: TimeSpan, view: TimeSpan, all: TimeSpan): boolean =>
  candles.startMs <= Math.max(view.startMs, all.startMs) && candles.endMs >= Math.min(view.endMs, all.endMs);

/** True where asking about the view would bring nothing finer than these candles. */
export function serves(candles: CandlesAtHand, view: TimeSpan, all: TimeSpan, width: number): boolean {
  if (!covers(candles, view, all)) return false;
  if (isFineEnough(candles.intervalMs, view, width) || isFinest(candles)) return true;
  const wanted = planCandles(view, all);
  return candles.endMs - candles.startMs < NARROWER * (wanted.endMs - wanted.startMs);
}

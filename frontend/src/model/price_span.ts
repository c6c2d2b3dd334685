/** Spans of prices on a logarithmic scale: moved by a part of themselves, widened to take in another. */

import type { ScaleAnswer } from "../api/schema";

/** USD at the lower and upper edge. */
export interface PriceSpan {
  readonly low: number;
  readonly high: number;
}

/** USD: far beyond every price of the exchange, well within what the scale can tell apart. */
export const LOWEST_PRICE = 1e-13;
export const HIGHEST_PRICE = 1e15;
/** Room beside what is brought into view, as a part of the span seen before, and at least this much, in log price. */
const ROOM = 0.1;
const MIN_ROOM = 0.01;

/** Up by `share` of the span for a positive share. */
export function movedSpan(span: PriceSpan, share: number): PriceSpan {
  const factor = (span.high / span.low) ** share;
  return { low: span.low * factor, high: span.high * factor };
}

/** The span widened by as much as it takes to show `wanted` too, with some room. */
export function spanWith(span: PriceSpan, wanted: PriceSpan): PriceSpan {
  const room = Math.exp(Math.max(Math.log(span.high / span.low) * ROOM, MIN_ROOM));
  return {
    low: wanted.low < span.low ? Math.max(wanted.low / room, LOWEST_PRICE) : span.low,
    high: wanted.high > span.high ? Math.min(wanted.high * room, HIGHEST_PRICE) : span.high,
  };
}

/** Where most of the USD near price stands; null: not known. */
export const massOf = (scale: ScaleAnswer | "none" | null): PriceSpan | null =>
  scale === null || scale === "none" || scale.mass_low === null || scale.mass_high === null
    ? null
    : { low: scale.mass_low, high: scale.mass_high };

/** Beside the candles, as parts of their span in log price, and at least so much of it. */
const LEAST_ROOM = 0.2;
const MOST_ROOM = 2;
const MIN_CANDLES = 0.02;

/**
 * The prices that are shown while the scale follows price: those of the candles and of the mass of levels beside them,
 * near enough that the candles are a fifth of the picture at least. Without a mass as much room as the candles take.
 */
export function withMass(candles: PriceSpan, mass: PriceSpan | null): PriceSpan {
  const span = Math.max(Math.log(candles.high / candles.low), MIN_CANDLES);
  const room = (wanted: number): number =>
    Math.exp(Math.min(Math.max(mass === null ? span : wanted, LEAST_ROOM * span), MOST_ROOM * span));
  return {
    low: candles.low / room(mass === null ? 0 : Math.log(candles.low / mass.low)),
    high: candles.high * room(mass === null ? 0 : Math.log(mass.high / candles.high)),
  };
}

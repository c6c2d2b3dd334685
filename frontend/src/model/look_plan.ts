/** Which bands the stream tells: those at the level that is drawn, within the prices on screen and a margin. */

import type { Side } from "../api/schema";
import type { Look } from "../api/stream";

/** The prices on screen, and the level of the map's window. */
export interface Shown {
  readonly level: number;
  readonly lowPrice: number;
  readonly highPrice: number;
}

/** Before anything is drawn: the whole coin in some hundred rows. */
export const FIRST_LEVEL = 5;
/** More of the logarithm of the prices on each side, so that a small move asks for nothing. */
const MARGIN = 0.25;
/** What is told may reach over so many times what is on screen. */
const MAX_WIDER = 3;

/** What to look at; the look before where it still serves. */
export function planLook(
  before: Look | null,
  coin: string,
  side: Side | null,
  everyMs: number,
  shown: Shown | null,
): Look {
  const same = before !== null && before.coin === coin ? before : null;
  if (shown === null) {
    const { level, lowPrice, highPrice } = same ?? { level: FIRST_LEVEL, lowPrice: null, highPrice: null };
    return { coin, level, lowPrice, highPrice, side, everyMs };
  }
  const { lowPrice: low, highPrice: high } = shown;
  if (same !== null && same.level === shown.level && same.lowPrice !== null && same.highPrice !== null) {
    const told = Math.log(same.highPrice / same.lowPrice);
    if (same.lowPrice <= low && same.highPrice >= high && told <= MAX_WIDER * Math.log(high / low)) {
      return { ...same, side, everyMs };
    }
  }
  const margin = (high / low) ** MARGIN;
  return {
    coin,
    level: shown.level,
    lowPrice: rounded(low / margin),
    highPrice: rounded(high * margin),
    side,
    everyMs,
  };
}

/** Four digits say where the margin ends. */
const rounded = (price: number): number => Number(price.toPrecision(4));

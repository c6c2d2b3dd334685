/** Where bars of trigger orders stand on the chart. No canvas, so that it can be tested. */

import type { TriggerGroup } from "./colours";

export interface TriggerBar {
  readonly group: TriggerGroup;
  readonly low: number;
  readonly high: number;
  readonly usd: number;
}

export interface PlacedBar {
  readonly group: TriggerGroup;
  readonly top: number;
  readonly height: number;
  readonly width: number;
}

/** Part of the pane that the largest bar takes. */
const BAR_PART = 0.18;
/** CSS pixels: thinner is not seen. */
const THINNEST = 1.5;

/** Stops in the upper half of their row, take-profits in the lower: none lies on another, none adds to its length. */
export function placeBars(
  bars: readonly TriggerBar[],
  yOf: (price: number) => number | null,
  width: number,
  height: number,
): PlacedBar[] {
  const most = bars.reduce((largest, { usd }) => Math.max(largest, usd), 0);
  return bars.flatMap(({ group, low, high, usd }) => {
    const [top, bottom] = [yOf(high), yOf(low)];
    if (top === null || bottom === null || bottom < 0 || top > height || usd <= 0) return [];
    const half = (bottom - top) / 2;
    return [
      {
        group,
        top: group === "take_profit" ? top + half : top,
        height: Math.max(half - 0.5, THINNEST),
        width: (usd / most) * width * BAR_PART,
      },
    ];
  });
}

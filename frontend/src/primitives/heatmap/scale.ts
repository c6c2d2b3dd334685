/** USD of a cell to a place 0..255 in the colour table. */

import type { HeatmapHeader } from "../../api/schema";

export const CURVES = ["log", "sqrt", "linear"] as const;
export type Curve = (typeof CURVES)[number];

export interface UsdScale {
  readonly curve: Curve;
  /** USD shown with the first colour. */
  readonly low: number;
  /** USD shown with the last colour; more looks the same. */
  readonly high: number;
}

/** From the quantiles of the non-zero cells: the top colour at the 99 % one, the logarithm begins below the median. */
export function scaleOf(header: HeatmapHeader, curve: Curve): UsdScale {
  const high = header.quantiles?.["0.99"] ?? header.maximum;
  const median = header.quantiles?.["0.5"] ?? high;
  const top = high > 0 ? high : 1;
  const low = curve === "log" ? Math.min(Math.max(median / 4, top / 1e5), top / 3) : 0;
  return { curve, low, high: top };
}

/** Keep the old scale while it is near the new one, so that colours do not flicker while panning. */
export function steadyScale(previous: UsdScale | null, next: UsdScale): UsdScale {
  if (previous === null || previous.curve !== next.curve) return next;
  const moved = next.high / previous.high;
  return moved > 1 / 1.6 && moved < 1.6 ? previous : next;
}

/** 0..1, clipped. */
export function placeOf(usd: number, scale: UsdScale): number {
  const { low, high } = scale;
  if (usd <= low) return 0;
  if (usd >= high) return 1;
  if (scale.curve === "log") return Math.log(usd / low) / Math.log(high / low);
  const share = (usd - low) / (high - low);
  return scale.curve === "sqrt" ? Math.sqrt(share) : share;
}

/** The USD at a place 0..1: the inverse of placeOf. */
export function usdAt(place: number, scale: UsdScale): number {
  const { low, high } = scale;
  if (scale.curve === "log") return low * (high / low) ** place;
  return low + (high - low) * (scale.curve === "sqrt" ? place * place : place);
}

const MIN_STEPS = 1000;

/** Threshold of a slider position 0..1000: 0 draws all; then logarithmic from a thousandth of the top to the maximum. */
export function thresholdAt(position: number, maximum: number): number {
  if (position <= 0 || !(maximum > 0)) return 0;
  const least = maximum / 1e5;
  return least * (maximum / least) ** (position / MIN_STEPS);
}

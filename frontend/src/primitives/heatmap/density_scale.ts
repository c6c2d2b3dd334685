/** Density (USD per 0.1 % of price) to a place in the colour table: one scale a coin, given from outside. */

import type { HeatmapHeader } from "../../api/schema";
import { UNIT } from "./density";

export interface DensityScale {
  /** Shown with the first colour. */
  readonly low: number;
  /** From here on the last colour, which nothing less has. */
  readonly high: number;
}

/**
 * Above 1 leaves the lower half of the logarithm to fewer colours: on maps of three decades the weak half, most of the
 * cells, stays in the cool colours and what matters stands out. Chosen by looking.
 */
const GAMMA = 1.5;

/** Place of the threshold that is set where none was chosen, as a share of the logarithm from low to high. */
const DEFAULT_SHARE = 0.25;

/** The slider of the threshold begins this much under `low`; its position 0 draws all. */
const BELOW = 30;
const POSITIONS = 1000;

/** Of the server's answer; where there is none, of the quantiles of a window. */
export function densityScaleOf(
  answer: { readonly low?: number | null; readonly high?: number | null } | null,
  window: Pick<HeatmapHeader, "quantiles" | "maximum" | "level" | "log_width"> | null,
): DensityScale {
  const low = answer?.low ?? null;
  const high = answer?.high ?? null;
  if (low !== null && high !== null && high > 0) return ordered(low, high);
  if (window === null) return { low: 1, high: 10 };
  const units = (window.log_width * 2 ** window.level) / UNIT;
  const top = window.quantiles?.["0.99"] ?? window.maximum;
  const median = window.quantiles?.["0.5"] ?? top / 100;
  return ordered(median / units, top / units);
}

function ordered(low: number, high: number): DensityScale {
  if (!(high > 0)) return { low: 1, high: 10 };
  return { low: low > 0 ? Math.min(low, high / 3) : high / 100, high };
}

/** 0..1, clipped; 1 for `high` and above only. */
export function densityPlace(density: number, { low, high }: DensityScale): number {
  if (density <= low) return 0;
  if (density >= high) return 1;
  return (Math.log(density / low) / Math.log(high / low)) ** GAMMA;
}

/** The density at a place 0..1: the inverse of densityPlace. */
export const densityAt = (place: number, { low, high }: DensityScale): number =>
  low * (high / low) ** (place ** (1 / GAMMA));

/** Near the weak end. */
export const defaultThreshold = ({ low, high }: DensityScale): number => low * (high / low) ** DEFAULT_SHARE;

/** Threshold of a slider position 0..1000: 0 draws all; then logarithmic up to `high`. */
export function thresholdOf(position: number, { low, high }: DensityScale): number {
  if (position <= 0) return 0;
  const least = low / BELOW;
  return least * (high / least) ** (position / POSITIONS);
}

/** The inverse of thresholdOf, a whole number. */
export function positionOf(threshold: number, { low, high }: DensityScale): number {
  if (!(threshold > 0)) return 0;
  const least = low / BELOW;
  const position = (POSITIONS * Math.log(threshold / least)) / Math.log(high / least);
  return Math.round(Math.min(Math.max(position, 1), POSITIONS));
}

/** Which prices the scale shows: those somebody chose, or those of the candles and the mass of levels beside them. */

import { type PriceSpan, withMass } from "../model/price_span";

interface ScaleInfo {
  priceRange: { minValue: number; maxValue: number } | null;
}

export class FittedPrices {
  /**
   * null while the scale follows the candles. The scale fits chosen prices as if the candles spanned them: on a
   * logarithmic scale setVisibleRange (lightweight-charts 5.2.1) takes its numbers as logarithms of a formula that is
   * not told.
   */
  chosen: PriceSpan | null = null;
  /** Prices that hold most of the USD near price; null: not known. */
  mass: PriceSpan | null = null;

  /** What the library is told in place of the span of the candles. */
  info<Info extends ScaleInfo>(original: () => Info | null): Info | ScaleInfo | null {
    const { chosen } = this;
    if (chosen !== null) return { priceRange: { minValue: chosen.low, maxValue: chosen.high } };
    const info = original();
    const range = info?.priceRange;
    if (!info || !range || !(range.minValue > 0)) return info;
    const { low, high } = withMass({ low: range.minValue, high: range.maxValue }, this.mass);
    return { ...info, priceRange: { minValue: low, maxValue: high } };
  }
}

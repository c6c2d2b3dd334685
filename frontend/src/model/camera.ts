/** Where the chart is told to go: what is null stays as it is. */

import type { TimeSpan } from "./candle_plan";
import type { PriceSpan } from "./price_span";

export interface Camera {
  readonly span: TimeSpan | null;
  /** "follow": the scale follows the price again. */
  readonly prices: PriceSpan | "follow" | null;
}

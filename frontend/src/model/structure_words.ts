/** What structure a cluster stands by, in words. */

import type { StructureAnswer } from "../api/structure";
import { formatPrice } from "../format/price";

interface AtPrices {
  readonly side: number;
  readonly price_low: number;
}

const LABELS: Readonly<Record<string, string>> = {
  "at cluster": "price is at it",
  "beyond range": "beyond the 20-day range",
};

/** beyond the 20-day range; just beyond swing low 57,200. Empty: nothing, or it is unknown. */
export function structureWords(answer: StructureAnswer | null, cluster: AtPrices): string[] {
  const row = answer?.clusters.find((each) => each.side === cluster.side && each.price_low === cluster.price_low);
  const near = (row?.confluence ?? []).map(({ name, price }) => `just beyond ${name} ${formatPrice(price)}`);
  // A swing is named by its price.
  const labels = (row?.labels ?? []).flatMap((label) => LABELS[label] ?? (label === "beyond swing" ? [] : [label]));
  return [...labels, ...near];
}

/** How far own liquidation prices are from the exchange's: a few bars out of the many of the answer, and words. */

import type { AgreementAnswer } from "../api/schema";
import { UNKNOWN } from "../format/usd";

export interface AgreementBar {
  readonly label: string;
  readonly count: number;
}

/** Below this no reader cares; the answer tells differences apart down to a millionth of it. */
const LEAST = 1e-6;
/** Above this bars are one as well. */
const MOST = 0.1;

/** Bars by difference, the smallest first: under 0.0001 %, then a power of ten each, 10 % and more. */
export function agreementBars(answer: Pick<AgreementAnswer, "edges" | "counts">): AgreementBar[] {
  const edges = answer.edges.filter((edge) => edge >= LEAST * 0.999 && edge <= MOST * 1.001);
  const bars = Array.from({ length: edges.length + 1 }, () => 0);
  answer.counts.forEach((count, index) => {
    // The bar that ends at or holds the lower edge of what is counted here.
    const low = answer.edges[index - 1] ?? 0;
    const bar = edges.filter((edge) => edge <= low * 1.0000001).length;
    bars[bar] = (bars[bar] ?? 0) + count;
  });
  return bars.map((count, index) => ({ label: barLabel(edges[index - 1], edges[index]), count }));
}

function barLabel(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return high === undefined ? "any" : `under ${relativeText(high)}`;
  return high === undefined ? `${relativeText(low)} and more` : `${relativeText(low)} to ${relativeText(high)}`;
}

/** A relative difference in percent with two digits; what is smaller than anybody reads says so. */
export function relativeText(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value === 0) return "none";
  if (value < LEAST * 0.999) return "under 0.0001 %";
  const percent = value * 100;
  const digits = Math.min(Math.max(1 - Math.floor(Math.log10(percent) + 1e-9), 0), 4);
  return `${Number(percent.toFixed(digits))} %`;
}

const REASONS: Readonly<Record<string, string>> = {
  not_given: "the exchange's price is not known, or a trade or funding changed the account since it was read",
  only_price_of_its_pool: "the account's cash is worked out from this very price",
  pool_unknown: "the account's cash is unknown",
  marks_of_its_time_unknown: "prices of the time at which it was read are unknown",
};

/** What could not be compared, the most first, nothing of what did not happen. */
export const reasonRows = (reasons: AgreementAnswer["not_comparable"]): readonly (readonly [string, number])[] =>
  Object.entries(reasons)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => [REASONS[reason] ?? reason, count]);

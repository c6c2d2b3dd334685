/** The impact of a liquidation in words: what price did after it. */

import type { EventAnswer } from "../api/schema";

/** +3.1, −2.3; null where it is not known. */
export const signedBp = (value: number | null): string | null =>
  value === null ? null : `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`;

/** Price impact +3.1 / +7.5 / −2.3 bp after 1 / 10 / 60 s, usually +0.2; a figure that is not known says so. */
export function impactText(event: EventAnswer): string {
  const figures = [event.impact_1s_bp, event.impact_10s_bp, event.impact_60s_bp].map(signedBp);
  if (figures.every((figure) => figure === null))
    return `price impact unknown${event.why_unknown ? `: ${event.why_unknown}` : ""}`;
  const usual = signedBp(event.baseline_60s_bp);
  return (
    `price impact ${figures.map((figure) => figure ?? "?").join(" / ")} bp after 1 / 10 / 60 s` +
    (usual === null ? "" : `; in calm times ${usual} after 60 s`)
  );
}

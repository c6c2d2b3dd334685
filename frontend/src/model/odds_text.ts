/** Odds in words: of a cluster's row in a few, with their record beside them. Without a record nothing is said. */

import type { OddsAnswer, OddsHorizon, OddsLevel, OddsWithin } from "../api/odds";
import type { Cluster } from "../api/schema";
import { percent } from "../format/usd";

/** The odds of a cluster: by its identity, else by its prices. */
export function oddsOf(answer: OddsAnswer | null, cluster: Cluster): OddsLevel | null {
  const same = (level: OddsLevel): boolean =>
    level.side === cluster.side &&
    (cluster.cluster_id === null || cluster.cluster_id === undefined
      ? level.price_low === cluster.price_low
      : level.cluster_id === cluster.cluster_id);
  return answer?.levels.find(same) ?? null;
}

/** reached within 1 h 4 %, 4 h 11 %, 24 h 38 %; null: of none there is a record. */
export function oddsText(level: OddsLevel): string | null {
  const known = level.within.filter(({ probability }) => probability !== null);
  if (known.length === 0) return null;
  return `reached within ${known.map(({ horizon, probability }) => `${spaced(horizon)} ${percent(probability)}`).join(", ")}`;
}

/** 1 h: Brier score 0.031, skill 12 %. */
export const recordText = ({ horizon, brier, skill }: OddsWithin): string =>
  `${spaced(horizon)}: Brier score ${brier === null ? "unknown" : brier.toFixed(3)}, skill ${skillText(skill)}`;

export const skillText = (skill: number | null): string =>
  skill === null ? "unknown" : `${skill < 0 ? "−" : ""}${percent(Math.abs(skill))}`;

/** 24h -> 24 h. */
export const spaced = (horizon: string): string => horizon.replace(/(\d)([a-z])/, "$1 $2");

/** How the odds of a horizon did before: null without a record. */
export function horizonText({ horizon, record, sigma_percent: sigma }: OddsHorizon): string | null {
  if (record === null) return null;
  const tenths = record.is_reliable
    ? "each tenth of the odds came true as often as said"
    : "not each tenth of the odds came true as often as said";
  const usual = sigma === null ? "" : `; moves of ${sigma.toFixed(2)} % are usual now`;
  return (
    `${spaced(horizon)}: ${record.words} Brier score ${record.brier.toFixed(3)}, skill ${skillText(record.skill)}, ` +
    `${record.windows} windows in ${record.days} days; ${tenths}${usual}.`
  );
}

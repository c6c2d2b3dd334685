/** Setups in words: a cluster, each piece of evidence with its value and rule, and the record of the combination. */

import type { Crowding, EarlierSetup, Setup, SetupEvidence, SetupRecord } from "../api/setups";
import { formatPrice } from "../format/price";
import { formatTime } from "../format/time";
import { distance, percent, usd } from "../format/usd";
import { signedPercent } from "./context_series";
import type { WordName } from "./glossary";

type Row = readonly [name: string, value: string, attributes?: { readonly word?: WordName }];
type Outcome = SetupRecord["reached"];

const HOUR_MS = 3_600_000;

export const setupName = ({ notional, side, price_low, price_high, distance_percent: away }: Setup): string =>
  `${usd(notional, 3)} of ${side === 1 ? "longs" : "shorts"} at ${formatPrice(price_low)} – ${formatPrice(price_high)}, ${distance(away)}`;

/** found, not found, unknown. */
export const metText = ({ is_met: isMet }: SetupEvidence): string =>
  isMet === null ? "unknown" : isMet ? "found" : "not found";

export function valueText({ value, unit }: SetupEvidence): string {
  if (value === null) return "unknown";
  const text =
    typeof value === "string"
      ? value
      : value.toLocaleString("en-US", { maximumSignificantDigits: 3 }).replace("-", "−");
  if (unit === "percentile") return `percentile ${text}`;
  if (unit === "percent") return `${text} %`;
  return unit === "" || unit === "state" ? text : `${text} ${unit}`;
}

/** Of 34 such cases on 20 days since …: reached within 24 h 41 % (26 to 58 %); or that they are not enough. */
export function setupRecordText(record: SetupRecord): string {
  const since = record.since_ms === null ? "" : ` since ${formatTime(record.since_ms)}`;
  const far = record.distance_class === null ? "" : ` ${record.distance_class} from the mark`;
  if (record.count < record.min_count || record.reached.share === null) {
    return `n = ${record.count}, not enough: ${record.min_count}${far} are needed${since}`;
  }
  const unjudged = record.unjudged_count === 0 ? "" : `; ${record.unjudged_count} more could not be judged`;
  return (
    `of ${record.count} such cases${far} on ${record.day_count} days${since}: reached within ` +
    `${Math.round(record.horizon_ms / HOUR_MS)} h ${shareText(record.reached)}, swept ${shareText(record.swept)}${unjudged}`
  );
}

/** 2026-02-03 00:00: reached, not swept. */
export const caseText = ({ time_ms: timeMs, reached, swept }: EarlierSetup): string =>
  `${formatTime(timeMs)}: ${came("reached", reached)}, ${came("swept", swept)}`;

const came = (what: string, claim: boolean | null): string =>
  claim === null ? `${what} unknown` : claim ? what : `not ${what}`;

const shareText = ({ share, low, high, hits, count }: Outcome): string =>
  share === null
    ? `${hits} of ${count}`
    : `${percent(share)}${low === null || high === null ? "" : ` (${percent(low)} to ${percent(high)})`}`;

export function crowdingRows(crowding: Crowding): Row[] {
  const { funding_percentile: place, funding_hours: hours, gaining_side: gains } = crowding;
  const funding = crowding.funding_8h === null ? "unknown" : signedPercent(crowding.funding_8h, 4);
  const among = place === null ? "" : `, percentile ${Math.round(place)} of ${hours} hours`;
  const change = crowding.open_interest_change_24h_percent;
  const side = gains === null ? "" : ` of the ${gains === 1 ? "longs" : "shorts"}`;
  return [
    ["longs by USD", percent(crowding.long_share_by_notional)],
    ["longs by accounts", percent(crowding.long_share_by_accounts)],
    [`opened in 24 h${side}`, percent(crowding.opened_24h_share), { word: "crowding" }],
    ["funding, 8 h", `${funding}${among}`],
    ["open interest, 24 h", change === null ? "unknown" : distance(change), { word: "open_interest" }],
  ];
}

/** Which side gains if the mark reaches which cluster: what "opened" is counted of. */
export function gainingText({ nearest, gaining_side: gains }: Crowding): string | null {
  if (nearest === null || gains === null) return null;
  const side = gains === 1 ? "Longs" : "Shorts";
  return `${side} gain if the mark reaches the nearest large cluster, ${usd(nearest.notional, 3)} at ${distance(nearest.distance_percent)}.`;
}

/** The scorecard as tables: what happened to levels that were crossed, how far off they were, what was on the map before. */

import type {
  AsymmetryRelation,
  Attraction,
  LevelError,
  LevelScore,
  RecallScore,
  ScoredShare,
  Unjudged,
} from "../api/score";
import { percent, usd } from "../format/usd";
import { spaced } from "./odds_text";

export interface ScoreTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const FATES: Readonly<Record<string, string>> = {
  liquidated: "liquidated",
  closed_before: "closed before",
  saved_by_margin: "saved by margin",
  moved_away: "level moved away",
  closed_after: "closed after",
  still_there: "still there",
  unknown: "unknown",
};

/** What a table is by: all, coin, side, distance, age, margin source. */
export const partsOf = (rows: readonly { readonly by: string }[]): string[] => [...new Set(rows.map((row) => row.by))];

export const intervalText = (interval: ScoredShare | null): string =>
  interval === null
    ? "not enough"
    : `${percent(interval.share)}${interval.low === null || interval.high === null ? "" : ` (${percent(interval.low)}–${percent(interval.high)})`}`;

/** A row for each key and horizon, a column for each fate. */
export function levelTable(rows: readonly LevelScore[], by: string): ScoreTable {
  const own = rows.filter((row) => row.by === by);
  const fates = [...new Set(own.flatMap((row) => row.fates.map(({ fate }) => fate)))];
  return {
    head: [keyName(by), "within", "crossed", "n", ...fates.map((fate) => FATES[fate] ?? fate)],
    rows: own.map((row) => [
      row.key,
      spaced(row.horizon),
      `${row.crossed_count.toLocaleString("en-US")}, ${usd(row.crossed_usd, 3)}`,
      `${row.window_count} in ${row.day_count} d`,
      ...fates.map((fate) => {
        const found = row.fates.find((each) => each.fate === fate);
        if (found === undefined) return "–";
        return found.share === null ? String(found.count) : intervalText(found.share);
      }),
    ]),
  };
}

export function errorTable(rows: readonly LevelError[], by: string): ScoreTable {
  const quantile = (row: LevelError, wanted: number): string => {
    const found = row.quantiles_bp?.find((each) => Math.abs(each.quantile - wanted) < 1e-9);
    return found === undefined ? "–" : `${found.value < 0 ? "−" : ""}${Math.abs(found.value / 100).toFixed(3)} %`;
  };
  return {
    head: [keyName(by), "within", "known", "n", "10 %", "half", "90 %"],
    rows: rows
      .filter((row) => row.by === by)
      .map((row) => [
        row.key,
        spaced(row.horizon),
        row.evidence,
        `${row.count} in ${row.day_count} d`,
        ...[0.1, 0.5, 0.9].map((wanted) => quantile(row, wanted)),
      ]),
  };
}

export function recallTable(rows: readonly RecallScore[], by: string): ScoreTable {
  return {
    head: [keyName(by), "within", "n", "account on the map", "level within 0.1 %", "0.5 %", "1 %"],
    rows: rows
      .filter((row) => row.by === by)
      .map((row) => [
        row.key,
        spaced(row.horizon),
        String(row.count),
        ...[row.on_map, row.within_0_1, row.within_0_5, row.within_1].map(intervalText),
      ]),
  };
}

export const asymmetryTable = (rows: readonly AsymmetryRelation[]): ScoreTable => ({
  head: ["levels within", "next", "n", "rank correlation", "smallest that would show"],
  rows: rows.map((row) => [
    `${row.percent} %`,
    spaced(row.horizon),
    String(row.window_count),
    row.correlation === null
      ? row.relation
      : `${withInterval(row.correlation.value, row.correlation.low, row.correlation.high)}, ${row.relation}`,
    row.minimum_detectable === null ? "unknown" : row.minimum_detectable.toFixed(2),
  ]),
});

export const unjudgedTable = (rows: readonly Unjudged[]): ScoreTable => ({
  head: ["what", "why", "within", "n", "USD"],
  rows: rows.map((row) => [
    row.what,
    row.reason,
    spaced(row.horizon),
    row.count.toLocaleString("en-US"),
    row.usd === null ? "–" : usd(row.usd, 3),
  ]),
});

/** Percent points by which the side with more levels is reached first more often, for one standard deviation. */
export const effectTable = (tested: Attraction): ScoreTable => ({
  head: ["distance", "held out", "points", "p of all four", "differs from none"],
  rows: tested.family.map((row) => [
    `${row.distance_sigma} sigma`,
    `${row.count.toLocaleString("en-US")} in ${row.day_count} d`,
    row.points === null ? "unknown" : withInterval(row.points, row.points_low, row.points_high),
    row.p_holm === null ? "–" : row.p_holm.toFixed(3),
    claimText(row.is_significant),
  ]),
});

/** The same test of what cannot matter, beside that of the map. */
export const checkTable = (tested: Attraction): ScoreTable => ({
  head: ["placebo", "distance", "p of the placebo", "p of the map", "holds"],
  rows: tested.checks.map((row) => [
    row.name,
    `${row.distance_sigma} sigma`,
    row.p === null ? "–" : row.p.toFixed(3),
    row.own_p === null ? "–" : row.own_p.toFixed(3),
    claimText(row.holds),
  ]),
});

/** yes, no, unknown. */
export const claimText = (claim: boolean | null): string => (claim === null ? "unknown" : claim ? "yes" : "no");

const keyName = (by: string): string => (by === "all" ? "all" : by.replaceAll("_", " "));
const withInterval = (value: number, low: number | null, high: number | null): string =>
  low === null || high === null ? signed(value) : `${signed(value)} (${signed(low)} to ${signed(high)})`;
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

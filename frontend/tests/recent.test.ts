import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContextAnswer } from "../src/api/openapi";
import type { ClustersAnswer } from "../src/api/schema";
import { painLines } from "../src/model/max_pain";
import { HOUR_MS, recentRow, watchedMs } from "../src/model/recent";

const QUARTER = HOUR_MS / 4;
const END = 100 * HOUR_MS;
/** 24 hours of quarters up to END; those of `unseen` are not known. */
const context = (unseen: (column: number) => boolean): ContextAnswer =>
  ({
    start_ms: END - 24 * HOUR_MS,
    step_ms: QUARTER,
    liquidated_long_usd: Array.from({ length: 96 }, (_, column) => (unseen(column) ? null : 0)),
  }) as unknown as ContextAnswer;
const sums = (long: number, short: number) => ({
  count: 0,
  address_count: 0,
  long_notional: long,
  short_notional: short,
  refuted_count: 0,
});

test("time that was watched has sums, and zero where nothing happened", () => {
  const all = context(() => false);
  assert.equal(watchedMs(all, END - HOUR_MS, END), HOUR_MS);
  assert.deepEqual(recentRow(4, END, sums(1_250_000, 0), all), { hours: 4, long: "$1.250M", short: "$0", seen: null });
});

test("time that nobody watched is unknown, and a part of it at least", () => {
  const lastTwoHours = context((column) => column < 88);
  assert.equal(recentRow(1, END, sums(0, 0), lastTwoHours).long, "$0");
  const day = recentRow(24, END, sums(5_000, 0), lastTwoHours);
  assert.deepEqual(day, { hours: 24, long: "at least $5.000k", short: "unknown", seen: "watched for 2.0 h of it" });
  assert.equal(
    recentRow(
      24,
      END,
      sums(0, 0),
      context(() => true),
    ).seen,
    "not watched",
  );
});

test("a column cut by the edge is no hole", () => {
  const cut = context((column) => column === 95);
  assert.equal(recentRow(1, END - 1, sums(0, 0), cut).seen, null);
  assert.equal(
    recentRow(
      1,
      END,
      sums(0, 0),
      context((column) => column > 93),
    ).long,
    "unknown",
  );
});

const answer = (max_pain: unknown) => ({ max_pain }) as ClustersAnswer;

test("max pain is a line a side, unknown is no line, none is said", () => {
  const long = { price_low: 95.95, price_high: 96.05, notional: 500, notional_to_there: 700, distance_percent: -4 };
  const lines = painLines(answer({ long, short: null }));
  assert.equal(lines?.[0]?.place, "longs 96.0000, −4.00 %");
  assert.equal(lines?.[0]?.amounts, "$500, $700 to there");
  assert.deepEqual(lines?.[0]?.prices, { low: 95.95, high: 96.05 });
  assert.equal(lines?.[1]?.amounts, "no known level within 10 %");
  assert.equal(lines?.[1]?.prices, null);
  assert.equal(painLines(null), null);
  assert.equal(painLines(answer(null)), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attraction, LevelScore } from "../src/api/score";
import { asymmetryTable, checkTable, effectTable, errorTable, levelTable, partsOf } from "../src/model/score_text";

test("the scorecard's tables are cut by what was chosen, and a share that too few windows carry is a count", () => {
  const row: LevelScore = {
    by: "all",
    key: "all",
    horizon: "1h",
    predicted_count: 100,
    predicted_usd: 1e6,
    crossed_count: 40,
    crossed_usd: 2e5,
    window_count: 30,
    day_count: 3,
    inferred_usd: 0,
    fates: [
      { fate: "liquidated", count: 30, usd: 1e5, share: { share: 0.75, low: 0.6, high: 0.86 }, usd_share: null },
      { fate: "unknown", count: 10, usd: 1e5, share: null, usd_share: null },
    ],
  };
  const rows = [row, { ...row, by: "coin", key: "BTC" }];
  assert.deepEqual(partsOf(rows), ["all", "coin"]);
  const { head, rows: told } = levelTable(rows, "coin");
  assert.deepEqual(head, ["coin", "within", "crossed", "n", "liquidated", "unknown"]);
  assert.deepEqual(told, [["BTC", "1 h", "40, $200k", "30 in 3 d", "75 % (60 %–86 %)", "10"]]);
});

test("errors of levels and the relation of the balance keep their intervals", () => {
  const error = {
    by: "all",
    key: "all",
    horizon: "1h",
    evidence: "exact",
    count: 30,
    day_count: 3,
    quantiles_bp: [{ quantile: 0.5, value: -12, low: null, high: null }],
  };
  assert.deepEqual(errorTable([error], "all").rows, [["all", "1 h", "exact", "30 in 3 d", "–", "−0.120 %", "–"]]);
  const asymmetry = {
    percent: 5,
    horizon: "4h",
    count: 90,
    window_count: 40,
    day_count: 12,
    minimum_detectable: 0.43,
    correlation: { value: -0.1, low: -0.4, high: 0.2 },
    relation: "no relation measured",
  };
  assert.deepEqual(asymmetryTable([asymmetry]).rows[0], [
    "5 %",
    "4 h",
    "40",
    "−0.10 (−0.40 to +0.20), no relation measured",
    "0.43",
  ]);
});

test("an effect keeps its interval, a placebo stands beside the map, and what could not be tried is unknown", () => {
  const effect = {
    distance_sigma: 2,
    count: 1_200,
    day_count: 27,
    coin_count: 8,
    coefficient: 0.1,
    standard_error: 0.05,
    low: 0,
    high: 0.2,
    points: 2.5,
    points_low: -0.1,
    points_high: 5.1,
    p: 0.03,
    p_two_way: 0.06,
    p_holm: 0.12,
    bayes_factor: 2,
    is_significant: false,
  };
  const unknown = { ...effect, points: null, p_holm: null, is_significant: null };
  const check = {
    name: "path backwards",
    distance_sigma: 2,
    count: 900,
    coefficient: 0,
    p: 0.9,
    own_coefficient: 0.1,
    own_p: 0.03,
    holds: true,
    rule: "…",
  };
  const tested = { family: [effect, unknown], checks: [check, { ...check, p: null, holds: null }] };
  assert.deepEqual(effectTable(tested as unknown as Attraction).rows, [
    ["2 sigma", "1,200 in 27 d", "+2.50 (−0.10 to +5.10)", "0.120", "no"],
    ["2 sigma", "1,200 in 27 d", "unknown", "–", "unknown"],
  ]);
  assert.deepEqual(checkTable(tested as unknown as Attraction).rows, [
    ["path backwards", "2 sigma", "0.900", "0.030", "yes"],
    ["path backwards", "2 sigma", "–", "0.030", "unknown"],
  ]);
});

/** The strip under the map: which columns are asked for, what is on its scales, and what is said of a column. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContextAnswer } from "../src/api/schema";
import { planContext } from "../src/model/context_plan";
import { CONTEXT_SERIES, columnAt, lastColumn, SERIES, scaleOf } from "../src/model/context_series";

const HOUR = 3_600_000;
const area = (startMs: number, endMs: number, width = 900) => ({
  startMs,
  endMs,
  lowPrice: 1,
  highPrice: 2,
  width,
  height: 400,
});

/** Four hours of a made-up coin; the third is a hole. */
const ANSWER: ContextAnswer = {
  provenance: { kind: "sandbox", name: "made up", is_simulated: true, note: "" },
  as_of_ms: 104 * HOUR - 1,
  coin: "AAA",
  start_ms: 100 * HOUR,
  step_ms: HOUR,
  columns: 4,
  time_ms: [101 * HOUR - 1, 102 * HOUR - 1, null, 104 * HOUR - 1],
  mark: [10, 20, null, 20],
  open_interest: [100, 150, null, 90],
  open_interest_change: [null, 50, null, null],
  open_interest_usd: [1_000, 3_000, null, 1_800],
  funding_hour_ms: [null, 101 * HOUR, null, 103 * HOUR],
  funding_8h: [null, 0.0001, null, -0.00025],
  funding_annual: [null, 0.1095, null, -0.27375],
  long_notional: [500, 900, null, 600],
  short_notional: [500, 2_100, null, 600],
  long_accounts: [3, 3, null, 0],
  short_accounts: [1, 3, null, 0],
  imbalance: { "1": [null, 1, null, 0], "2": [0, 0, null, 0], "5": [-0.5, 0.25, null, null], "10": [0, 0, null, 0] },
  liquidated_long_usd: [0, 700, null, null],
  liquidated_short_usd: [200, 0, null, null],
  cascade_state: ["none", "running", null, null],
  notes: [],
};
const said = (name: (typeof SERIES)[number], column: number): string => CONTEXT_SERIES[name].say(ANSWER, column);

test("a pan within the margin asks the same question, the very same object", () => {
  const first = planContext(null, "AAA", area(100 * HOUR, 110 * HOUR), null);
  assert.equal(planContext(first, "AAA", area(105 * HOUR, 115 * HOUR), null), first);
  assert.equal(planContext(first, "AAA", area(95 * HOUR, 105 * HOUR), null), first);
  assert.notEqual(planContext(first, "AAA", area(109 * HOUR, 119 * HOUR), null), first);
});

test("another coin, twice the zoom and a moment in the past are asked anew", () => {
  const seen = area(100 * HOUR, 110 * HOUR);
  const first = planContext(null, "AAA", seen, null);
  assert.equal(planContext(first, "BBB", seen, null).coin, "BBB");
  assert.notEqual(planContext(first, "AAA", area(104 * HOUR, 106 * HOUR), null), first);
  const past = planContext(first, "AAA", seen, 105 * HOUR);
  assert.equal(past.endMs, 105 * HOUR + 1);
  assert.equal(planContext(past, "AAA", seen, 105 * HOUR), past);
});

test("a question has at most some hundred columns and always an end after its start", () => {
  assert.ok(planContext(null, "AAA", area(100 * HOUR, 110 * HOUR, 4_000), null).width <= 480);
  const before = planContext(null, "AAA", area(100 * HOUR, 110 * HOUR), 5);
  assert.ok(before.endMs > before.startMs);
});

test("every series says of a hole that it is unknown, never zero", () => {
  for (const name of SERIES) assert.match(said(name, 2), /unknown|not watched/);
});

test("the figures of a column have their unit and say who is meant", () => {
  assert.equal(said("interest", 1), "$3.000k, 150 coins");
  assert.equal(said("change", 1), "+$1.00k per 1 h");
  assert.equal(said("funding", 1), "+0.0100 % per 8 h, +10.9 % a year, longs pay");
  assert.equal(said("funding", 3), "−0.0250 % per 8 h, −27.4 % a year, shorts pay");
  assert.equal(said("usd", 1), "30.0 % long: $900 / $2.10k");
  assert.equal(said("accounts", 0), "75.0 % long: 3 / 1");
  assert.equal(said("asymmetry", 0), "−0.50, more longs below");
  assert.equal(said("liquidated", 1), "longs $700, shorts $0 per 1 h");
  assert.equal(said("cascade", 1), "running");
});

test("a share of nobody is unknown", () => {
  assert.equal(said("accounts", 3), "unknown");
});

test("the newest column with a frame on screen is told, a hole is not", () => {
  assert.equal(lastColumn(ANSWER, Infinity), 3);
  assert.equal(lastColumn(ANSWER, 103 * HOUR - 1), 1);
  assert.equal(lastColumn(ANSWER, 99 * HOUR), null);
  assert.equal(columnAt(ANSWER, 102.5 * HOUR), 2);
  assert.equal(columnAt(ANSWER, 104 * HOUR), null);
});

test("the scale is of what is on screen; bars stand on zero, longs go down", () => {
  const { interest, liquidated, asymmetry, funding } = CONTEXT_SERIES;
  assert.deepEqual(scaleOf(interest, ANSWER, 100 * HOUR, 104 * HOUR), [1_000, 3_000]);
  assert.deepEqual(scaleOf(interest, ANSWER, 103 * HOUR, 104 * HOUR), [1_782, 1_818]);
  assert.deepEqual(scaleOf(liquidated, ANSWER, 100 * HOUR, 104 * HOUR), [-700, 200]);
  assert.deepEqual(scaleOf(funding, ANSWER, 101 * HOUR, 101.5 * HOUR), [0, 0.0001]);
  assert.deepEqual(scaleOf(asymmetry, ANSWER, 100 * HOUR, 104 * HOUR), [-1, 1]);
  assert.equal(scaleOf(interest, ANSWER, 102 * HOUR, 102.5 * HOUR), null);
});

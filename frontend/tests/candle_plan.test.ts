import assert from "node:assert/strict";
import { test } from "node:test";
import { type CandlesAtHand, covers, planCandles, serves } from "../src/model/candle_plan";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const all: CandlesAtHand = { startMs: 0, endMs: YEAR, intervalMs: 8 * HOUR };
const hour = { startMs: YEAR - HOUR, endMs: YEAR };

test("candles of a year do not serve an hour; those around it do", () => {
  assert.ok(!serves(all, hour, all, 1_000));
  const asked = planCandles(hour, all);
  assert.equal(asked.endMs, YEAR);
  assert.ok(serves({ ...asked, intervalMs: MINUTE }, hour, all, 1_000));
});

test("a whole year is served by what is known of all time", () => {
  assert.ok(serves(all, { startMs: 0, endMs: YEAR }, all, 1_000));
});

test("a source without finer candles is not asked again", () => {
  assert.ok(
    serves(
      { startMs: 0, endMs: 100 * HOUR, intervalMs: HOUR },
      { startMs: 0, endMs: HOUR },
      { startMs: 0, endMs: 100 * HOUR },
      1_000,
    ),
  );
});

test("a view beyond the candles at hand is asked for", () => {
  const near = { startMs: YEAR - 3 * HOUR, endMs: YEAR, intervalMs: MINUTE };
  assert.ok(!serves(near, { startMs: YEAR - 5 * HOUR, endMs: YEAR - 4 * HOUR }, all, 1_000));
  assert.ok(covers(near, { startMs: YEAR - HOUR, endMs: YEAR + HOUR }, all));
});

test("a question lies within all time and is never empty", () => {
  for (const view of [
    { startMs: -HOUR, endMs: YEAR + HOUR },
    { startMs: YEAR + HOUR, endMs: YEAR + 2 * HOUR },
  ]) {
    const { startMs, endMs } = planCandles(view, all);
    assert.ok(startMs < endMs && endMs <= YEAR);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PricedBands } from "../src/model/band_sums";
import { bandRows, columnOf, MAX_ROWS, twinLevel } from "../src/model/twin_rows";
import type { HeatmapWindow } from "../src/model/window";

const LOG_STEP = 0.01;
const edge = (band: number): number => Math.exp(band * LOG_STEP);
const bandsOf = (side: number | null): PricedBands => ({
  rows: [
    { band: 1_000, long: 9, short: 0 },
    { band: 1_095, long: 100, short: 0 },
    { band: 1_098, long: 0, short: 0 },
    { band: 1_103, long: 0, short: 30 },
  ],
  logStep: LOG_STEP,
  mark: edge(1_100),
  toldLow: null,
  toldHigh: null,
  side,
});

test("bands near the mark that hold something, the highest first", () => {
  const rows = bandRows(bandsOf(null));
  assert.deepEqual(
    rows.map((row) => [Math.round(Math.log(row.low) / LOG_STEP), row.long, row.short]),
    [
      [1_103, 0, 30],
      [1_095, 100, 0],
    ],
  );
});

test("a side that is not told is unknown, not zero", () => {
  assert.deepEqual(
    bandRows(bandsOf(1)).map((row) => row.short),
    [null, null],
  );
});

test("rows near the mark are never more than can be listened to", () => {
  for (const logWidth of [1e-4, 5e-4, 1e-3, 0.02]) {
    const step = logWidth * 2 ** twinLevel(logWidth);
    assert.ok(Math.log(1.1 / 0.9) / step <= MAX_ROWS);
  }
});

test("a time outside of the window means its nearest column, none the newest", () => {
  const window = { start_ms: 1_000, step_ms: 100, columns: 5 } as HeatmapWindow;
  assert.deepEqual(
    [null, 0, 1_000, 1_250, 9_999].map((time) => columnOf(window, time)),
    [4, 0, 0, 2, 4],
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TriggersAnswer } from "../src/api/triggers";
import { restingText, rowBefore, stepRows, wayCells, wayChart, wayRows, waySentence } from "../src/model/absorption";

const MARK = 100;
const ABSORPTION: TriggersAnswer["absorption"] = {
  price: [80, 95, 98.9, 101, 106],
  distance_percent: [-20, -5, -1.1, 1, 6],
  liquidation_notional: [9_000, 3_000, 1_000, 0, 4_000],
  stop_notional: [700, 500, 0, 200, 200],
  resting_notional: [null, null, 2_500, 1_000, null],
};
const ROWS = wayRows(ABSORPTION);

test("on the way to a price stands what lies before it, on its side of the mark, and nothing of what lies beyond", () => {
  assert.equal(rowBefore(ROWS, MARK, 90)?.price, 95);
  assert.equal(rowBefore(ROWS, MARK, 95)?.price, 95);
  assert.equal(rowBefore(ROWS, MARK, 1)?.price, 80);
  assert.equal(rowBefore(ROWS, MARK, 105.9)?.price, 101);
  assert.equal(rowBefore(ROWS, MARK, 99), null);
  assert.equal(rowBefore(ROWS, MARK, MARK), null);
});

test("three figures stand side by side, no sum of them anywhere, and null is said as unknown", () => {
  const row = rowBefore(ROWS, MARK, 95);
  assert.ok(row !== null);
  assert.equal(
    waySentence(row),
    "Between the mark and 95.0000 (−5.00 %): liquidations $3.00k, known stops $500, resting orders unknown.",
  );
  assert.deepEqual(wayCells(row), ["95.0000 (−5.00\u00A0%)", "$3.00k", "$500", "unknown"]);
  const zero = rowBefore(ROWS, MARK, 98.9);
  assert.ok(zero !== null);
  assert.deepEqual(wayCells(zero), ["98.9000 (−1.10\u00A0%)", "$1.00k", "$0", "$2.50k"]);
});

test("the table has the highest price first, each row once", () => {
  assert.deepEqual(
    stepRows(ROWS, MARK).map((row) => row.price),
    [106, 101, 98.9, 95, 80],
  );
});

test("all lines have one scale and begin at the mark; one of which nothing is known has no point", () => {
  const chart = wayChart(ROWS, MARK);
  assert.ok(chart !== null);
  assert.equal(chart.top, 9_000);
  assert.equal(chart.markX, 20 / 26);
  const points = Object.fromEntries(chart.lines.map((line) => [line.name, line.points]));
  assert.deepEqual(points.liquidations?.[0], [0, 1]);
  assert.ok(chart.lines.every((line) => line.points.some(([x, y]) => x === chart.markX && y === 0)));
  // Known from 98.9 to 101 alone: no line beyond.
  assert.deepEqual(
    points.resting?.map(([x]) => Math.round(x * 26 + 80)),
    [99, 100, 101],
  );
  const unknown = wayChart(wayRows({ ...ABSORPTION, stop_notional: [null, null, null, null, null] }), MARK);
  assert.deepEqual(unknown?.lines.find((line) => line.name === "stops")?.points, []);
  assert.equal(wayChart([], MARK), null);
});

test("a book says where it is from and how far it reaches, and none is unknown", () => {
  const resting = { source: "summary", as_of_ms: 0, mid: 100 } as TriggersAnswer["resting"];
  assert.equal(
    restingText({ resting, absorption: ABSORPTION }),
    "Resting orders: the last minute's summary of the book, 1 Jan 00:00 UTC, known from −1.10 % to +1.00 %, unknown beyond.",
  );
  assert.match(restingText({ resting: null, absorption: ABSORPTION }), /unknown, no book of this time is known/);
});

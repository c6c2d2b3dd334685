import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHeatmap } from "../src/api/heatmap_binary";
import { madeUpWindow } from "../src/harness/made_up";
import { cellNear, cellOf, forcedFlow, holeRuns, rowOfPrice, rowPrice } from "../src/model/window";

const window = madeUpWindow({
  rows: 6,
  columns: 4,
  density: 0.5,
  holes: [2],
  startMs: 1_000_000,
  stepMs: 60_000,
  firstBand: 340,
  level: 3,
});

function encode(): ArrayBuffer {
  const { asOf, mark, long, short, ...header } = window;
  let text = JSON.stringify(header);
  while (text.length % 8 !== 0) text += " ";
  const bytes = new ArrayBuffer(8 + text.length + 16 * window.columns + 8 * long.length);
  const view = new DataView(bytes);
  new Uint8Array(bytes).set(new TextEncoder().encode("LQH1"));
  view.setUint32(4, text.length, true);
  new Uint8Array(bytes).set(new TextEncoder().encode(text), 8);
  let offset = 8 + text.length;
  for (const column of [asOf, mark]) for (const value of column) view.setFloat64((offset += 8) - 8, value, true);
  for (const cells of [long, short]) for (const value of cells) view.setFloat32((offset += 4) - 4, value, true);
  return bytes;
}

test("the binary form reads back to the same arrays", () => {
  const read = decodeHeatmap(encode());
  assert.deepEqual(read.long, window.long);
  assert.deepEqual(read.short, window.short);
  assert.deepEqual(read.asOf, window.asOf);
  assert.equal(read.first_band, 340);
});

test("a cut, foreign or padded window is refused", () => {
  const whole = encode();
  for (const length of [0, 7, 40, whole.byteLength - 4]) {
    assert.throws(() => decodeHeatmap(whole.slice(0, length)), RangeError);
  }
  const foreign = whole.slice(0);
  new Uint8Array(foreign)[0] = 80;
  assert.throws(() => decodeHeatmap(foreign), /starts with/);
});

test("a row's price and a price's row are inverse", () => {
  for (let row = 0; row < window.rows; row += 1) {
    const middle = Math.sqrt(rowPrice(window, row) * rowPrice(window, row + 1));
    assert.equal(Math.floor(rowOfPrice(window, middle)), row);
  }
});

test("a hole is unknown, not zero", () => {
  const cell = cellOf(window, 1, 2);
  assert.equal(cell?.long, null);
  assert.equal(cell?.asOfMs, null);
  assert.deepEqual(holeRuns(window.asOf), [[2, 3]]);
});

test("hole runs at both ends and in the middle are found", () => {
  assert.deepEqual(holeRuns(Float64Array.of(-1, -1, 5, -1, 6, -1)), [[0, 2], [3, 4], [5, 6]]);
  assert.deepEqual(holeRuns(Float64Array.of(1, 2)), []);
});

test("outside the window there is no cell", () => {
  assert.equal(cellOf(window, -1, 0), null);
  assert.equal(cellOf(window, 0, window.columns), null);
});

test("an empty cell gives way to a filled one within reach, never further", () => {
  const rows = 5;
  const empty = { ...window, rows, columns: 1, asOf: Float64Array.of(1), long: new Float32Array(rows), short: new Float32Array(rows) };
  empty.long[3] = 9;
  const price = Math.sqrt(rowPrice(empty, 1) * rowPrice(empty, 2));
  assert.equal(cellNear(empty, empty.start_ms, price, 1)?.row, 1);
  assert.equal(cellNear(empty, empty.start_ms, price, 2)?.row, 3);
  assert.equal(cellNear(empty, empty.start_ms, price, 2, 10)?.row, 1);
});

test("longs are closed by selling and shorts by buying", () => {
  assert.equal(forcedFlow(1), "forced sell");
  assert.equal(forcedFlow(-1), "forced buy");
});

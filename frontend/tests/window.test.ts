import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeatmapQuestion } from "../src/api/client";
import { decodeHeatmap } from "../src/api/heatmap_binary";
import { madeUpWindow } from "../src/harness/made_up";
import { lastMark } from "../src/model/last_mark";
import { cellNear, cellOf, forcedFlow, holeRuns, rowOfPrice, rowPrice } from "../src/model/window";
import { joinTail, tailQuestion } from "../src/model/window_tail";

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
  for (const column of [asOf, mark])
    for (const value of column) {
      view.setFloat64(offset, value, true);
      offset += 8;
    }
  for (const cells of [long, short])
    for (const value of cells) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
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
  assert.deepEqual(holeRuns(Float64Array.of(-1, -1, 5, -1, 6, -1)), [
    [0, 2],
    [3, 4],
    [5, 6],
  ]);
  assert.deepEqual(holeRuns(Float64Array.of(1, 2)), []);
});

test("outside the window there is no cell", () => {
  assert.equal(cellOf(window, -1, 0), null);
  assert.equal(cellOf(window, 0, window.columns), null);
});

test("an empty cell gives way to a filled one within reach, never further", () => {
  const rows = 5;
  const empty = {
    ...window,
    rows,
    columns: 1,
    asOf: Float64Array.of(1),
    long: new Float32Array(rows),
    short: new Float32Array(rows),
  };
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

const asked: HeatmapQuestion = {
  startMs: 1_000_000,
  endMs: 1_000_000 + 4 * 60_000,
  width: 4,
  height: 6,
  lowPrice: 1,
  highPrice: 2,
  levels: "solo",
};

/** Columns [first, first + count) of a window, as the server would answer them. */
function columnsOf(whole: typeof window, first: number, count: number): typeof window {
  const cut = <T extends Float32Array | Float64Array>(cells: T, rows: number): T => {
    const out = new (cells.constructor as new (length: number) => T)(rows * count);
    for (let row = 0; row < rows; row += 1)
      out.set(cells.subarray(row * whole.columns + first, row * whole.columns + first + count), row * count);
    return out;
  };
  return {
    ...whole,
    columns: count,
    start_ms: whole.start_ms + first * whole.step_ms,
    asOf: cut(whole.asOf, 1),
    mark: cut(whole.mark, 1),
    long: cut(whole.long, whole.rows),
    short: cut(whole.short, whole.rows),
  };
}

test("a window with its tail joined is the window that would be asked for whole", () => {
  const whole = madeUpWindow({
    rows: 6,
    columns: 9,
    density: 0.5,
    holes: [2, 7],
    startMs: 1_000_000,
    stepMs: 60_000,
    firstBand: 340,
    level: 3,
  });
  for (const columns of [1, 4, 8, 9]) {
    const first = columns - 1;
    const joined = joinTail(columnsOf(whole, 0, columns), columnsOf(whole, first, 9 - first));
    assert.deepEqual(joined, whole);
  }
});

test("a tail on another grid is not joined", () => {
  const tail = columnsOf(window, 3, 1);
  assert.ok(joinTail(window, tail) !== null);
  for (const other of [
    { level: 2 },
    { first_band: 339 },
    { rows: 5 },
    { step_ms: 30_000 },
    { start_ms: tail.start_ms - 60_000 },
    { coin: "other" },
    { value: "level" as const },
  ]) {
    assert.equal(joinTail(window, { ...tail, ...other }), null);
  }
});

test("the tail begins at the last column and ends with a whole one, so that no finer step fits its width", () => {
  const last = 1_000_000 + 4 * 60_000;
  assert.deepEqual(tailQuestion(window, asked, last - 1, 0), {
    ...asked,
    startMs: 1_000_000 + 3 * 60_000,
    endMs: last,
    width: 1,
  });
  assert.deepEqual(tailQuestion(window, asked, last, 0), {
    ...asked,
    startMs: 1_000_000 + 3 * 60_000,
    endMs: last + 60_000,
    width: 2,
  });
});

test("a window that ends before the newest frames, or grew enough, has no tail", () => {
  const last = 1_000_000 + 4 * 60_000;
  assert.equal(tailQuestion(window, { ...asked, endMs: 1_000_000 + 2 * 60_000 }, last, 0), null);
  assert.equal(tailQuestion(window, asked, last + 9 * 60_000, 0), null);
  assert.equal(tailQuestion(window, asked, last, 60), null);
  assert.equal(tailQuestion(window, asked, 1_000_000, 0), null);
});

test("the last mark is of the newest column that has one, never of a hole nor later than the moment", () => {
  const asOf = Float64Array.of(1_000, 2_000, -1, 4_000, 5_000);
  const mark = Float64Array.of(10, 20, 30, 40, Number.NaN);
  const marked = { ...window, columns: 5, asOf, mark };
  assert.deepEqual(lastMark(marked, null), { price: 40, timeMs: 4_000 });
  assert.deepEqual(lastMark(marked, 3_999), { price: 20, timeMs: 2_000 });
  assert.equal(lastMark(marked, 999), null);
  assert.equal(lastMark(null, null), null);
});

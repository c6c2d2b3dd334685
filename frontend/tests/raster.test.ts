import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpWindow } from "../src/harness/made_up";
import { densityOf, gridOfRows, rowStep, UNIT } from "../src/primitives/heatmap/density";
import {
  defaultThreshold,
  densityAt,
  densityPlace,
  densityScaleOf,
  positionOf,
  thresholdOf,
} from "../src/primitives/heatmap/density_scale";
import { placeOn } from "../src/primitives/heatmap/draw";
import { EDGE_NUMBERS } from "../src/primitives/heatmap/outline";
import { colourTable, SIZE } from "../src/primitives/heatmap/palette";
import { type RasterOptions, raster } from "../src/primitives/heatmap/raster";

const window = madeUpWindow({
  rows: 23,
  columns: 30,
  density: 0.5,
  holes: [4],
  startMs: 0,
  stepMs: 60_000,
  firstBand: 341,
  level: 1,
});
const scale = { low: 1e4, high: 3e6 };
const options: RasterOptions = { mode: "both", palette: "thermal", theme: "dark", threshold: 0, scale, bands: 2 };
const own = 2 ** window.level * window.log_width;

/** The same USD in other places of the same window. */
const withCells = (long: Float32Array, short: Float32Array): typeof window => ({ ...window, long, short });
const empty = (): Float32Array => new Float32Array(window.rows * window.columns);

/** Entry of the table a pixel shows; -1 where nothing is drawn. */
function entries(drawn: Uint8ClampedArray): number[] {
  const table = new Uint32Array(colourTable("thermal", "dark").buffer);
  const first = new Map<number, number>();
  for (const [entry, word] of table.entries()) if (!first.has(word)) first.set(word, entry);
  return [...new Uint32Array(drawn.buffer)].map((word) => (word === 0 ? -1 : (first.get(word) ?? -2)));
}

test("drawn rows are 2 to 3 pixels high at every zoom at which bands are lower", () => {
  for (let height = 0.001; height < 2; height *= 1.013) {
    const drawn = rowStep(height) * height;
    assert.ok(drawn >= 2 && drawn < 3, `${height}: ${drawn}`);
  }
  assert.equal(rowStep(2), 1);
  assert.equal(rowStep(40), 1);
});

test("a step is kept while the zoom breathes and left when rows would be too low or too high", () => {
  assert.equal(rowStep(0.99, 2), 2);
  assert.equal(rowStep(0.9, 2), 3);
  assert.equal(rowStep(1.6, 2), 1.5);
  assert.equal(rowStep(1.9, 1), 1.5);
  assert.equal(rowStep(30, 1), 1);
});

test("rows stand on the same prices whatever window they are of", () => {
  for (const bands of [2, 3, 4, 6, 8]) {
    const one = gridOfRows(window, bands);
    const moved = gridOfRows({ ...window, first_band: window.first_band + 7, rows: 11 }, bands);
    assert.equal(one.logHeight, moved.logHeight);
    assert.ok(one.firstRow * one.logHeight <= window.first_band * own + 1e-12);
    assert.ok((one.firstRow + one.rows) * one.logHeight >= (window.first_band + window.rows) * own - 1e-12);
  }
});

test("no USD is lost or made in rows of any height", () => {
  for (const bands of [1, 2, 3, 4, 6, 24]) {
    const grid = gridOfRows(window, bands);
    const density = densityOf(window, grid, window.long);
    const step = grid.logHeight / own;
    for (const column of [0, 7, 29]) {
      let wanted = 0;
      for (let row = 0; row < window.rows; row += 1) wanted += window.long[row * window.columns + column] ?? 0;
      let sum = 0;
      for (let row = 0; row < grid.rows; row += 1) {
        const low = Math.max((grid.firstRow + row) * step, window.first_band);
        const high = Math.min((grid.firstRow + row + 1) * step, window.first_band + window.rows);
        sum += ((density[row * window.columns + column] ?? 0) * (high - low) * own) / UNIT;
      }
      assert.ok(Math.abs(sum - wanted) <= 1e-5 * wanted, `${bands}: ${sum} of ${wanted}`);
    }
  }
});

test("an even spread of USD has the same density at every zoom", () => {
  const even = empty().fill(5_000);
  for (const bands of [1, 2, 3, 4, 6, 8]) {
    const grid = gridOfRows(window, bands);
    for (const value of densityOf(window, grid, even)) assert.ok(Math.abs(value / ((5_000 * UNIT) / own) - 1) < 1e-5);
  }
});

test("a cell has the colour of its own density or more, the last step from high on only", () => {
  const total = window.long.map((usd, index) => usd + (window.short[index] ?? 0));
  const drawn = entries(raster(window, options).pixels);
  for (let index = 0; index < total.length; index += 1) {
    const density = ((total[index] ?? 0) * UNIT) / own;
    const row = Math.floor(index / window.columns);
    const entry = drawn[(window.rows - 1 - row) * window.columns + (index % window.columns)] ?? -3;
    if (Number.isNaN(density)) assert.equal(entry, -1);
    else if (density >= scale.high) assert.equal(entry, SIZE - 1);
    else if (density > scale.low) {
      assert.ok(entry >= densityPlace(density, scale) * (SIZE - 2) - 1, `${entry} of ${density}`);
      assert.ok(entry < SIZE - 1, `${entry} of ${density}`);
    }
  }
});

test("the largest account a hundred times as large changes no other cell", () => {
  const long = empty();
  const short = empty();
  for (let index = 0; index < long.length; index += 1) long[index] = (index * 7919) % 13 === 0 ? 1e5 + index * 997 : 0;
  const place = 11 * window.columns + 15;
  const pictures = [4e6, 4e8].map((usd) => {
    long[place] = usd;
    return entries(raster(withCells(long, short), options).pixels);
  });
  assert.deepEqual(pictures[0], pictures[1]);
});

test("nothing below the threshold is drawn, and all above it", () => {
  const threshold = 4e5;
  const all = entries(raster(window, options).pixels);
  const some = entries(raster(window, { ...options, threshold }).pixels);
  const least = densityPlace(threshold, scale) * (SIZE - 2);
  for (const [index, entry] of all.entries()) {
    if (Math.abs(entry - least) <= 1) continue;
    assert.equal(some[index], entry > least ? entry : -1);
  }
});

test("a mode draws its side alone", () => {
  for (const [mode, side] of [
    ["long", "short"],
    ["short", "long"],
  ] as const) {
    const alone = raster({ ...window, [side]: empty() }, { ...options, mode }).pixels;
    assert.deepEqual(raster(window, { ...options, mode }).pixels, alone);
  }
});

test("two hues: a cell has the hue of its larger side and the lightness of both together", () => {
  const long = empty();
  const short = empty();
  const at = (row: number, column: number): number => row * window.columns + column;
  long[at(10, 3)] = 3e5;
  short[at(10, 3)] = 1e5;
  short[at(10, 8)] = 4e5;
  const { pixels } = raster(withCells(long, short), { ...options, palette: "sides" });
  const words = new Uint32Array(pixels.buffer);
  const place = Math.round(densityPlace((4e5 * UNIT) / own, scale) * (SIZE - 2));
  for (const [column, name] of [
    [3, "long"],
    [8, "short"],
  ] as const) {
    const table = new Uint32Array(colourTable(name, "dark").buffer);
    const word = words[at(window.rows - 1 - 10, column)];
    assert.ok([place - 1, place, place + 1].some((entry) => table[entry] === word));
  }
});

test("runs of lone cells are outlined once around, and nothing else is", () => {
  const lone = [
    [3, 5, 9],
    [4, 5, 9],
    [12, 0, 4],
    [20, 7, 10],
  ];
  const { outline } = raster({ ...window, lone }, options);
  const edges = Array.from({ length: outline.length / EDGE_NUMBERS }, (_, index) =>
    [...outline.subarray(index * EDGE_NUMBERS, (index + 1) * EDGE_NUMBERS)].join(),
  );
  // Rows counted from above: 3 and 4 of 23 are 19 and 18, 12 is 10.
  const wanted = ["18,5,9,0", "20,5,9,0", "5,18,20,1", "9,18,20,1", "10,0,4,0", "11,0,4,0", "0,10,11,1", "4,10,11,1"];
  assert.deepEqual(edges.sort(), wanted.sort());
  assert.equal(raster(window, options).outline.length, 0);
});

test("the legend's figure and a density's place are inverse, and so are slider and threshold", () => {
  for (const place of [0, 0.1, 0.5, 0.9, 1]) {
    assert.ok(Math.abs(densityPlace(densityAt(place, scale), scale) - place) < 1e-9);
  }
  for (const position of [0, 1, 250, 999, 1000])
    assert.equal(positionOf(thresholdOf(position, scale), scale), position);
  assert.ok(defaultThreshold(scale) > scale.low && defaultThreshold(scale) < scale.high / 10);
});

test("there is a scale without an answer and without anything in the window", () => {
  for (const made of [
    densityScaleOf(null, null),
    densityScaleOf(null, { ...window, quantiles: null, maximum: 0 }),
    densityScaleOf({ low: 0, high: 0 }, window),
    densityScaleOf({ low: 5, high: 5 }, window),
    densityScaleOf(null, window),
  ]) {
    assert.ok(made.low > 0 && made.high > made.low, JSON.stringify(made));
  }
  assert.deepEqual(densityScaleOf({ low: 2, high: 70 }, window), { low: 2, high: 70 });
});

test("a pan moves the picture as a whole: no row or column becomes a pixel higher or wider", () => {
  const sizes = (shift: number): string => {
    const cuts = [0, 100, 300].map((row) => ({ row, y: 7.3 + 2.37 * row + 0.001 * row ** 2 + shift }));
    const { width, cuts: placed } = placeOn({ left: 3.7 + shift, right: 812.4 + shift, cuts });
    return [width, ...placed.map(({ y }) => y - (placed[0]?.y ?? 0))].join();
  };
  for (let shift = 0; shift < 3; shift += 0.1) assert.equal(sizes(shift), sizes(0));
});

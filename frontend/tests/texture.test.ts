import assert from "node:assert/strict";
import { test } from "node:test";
import { madeUpWindow } from "../src/harness/made_up";
import { MODES } from "../src/model/view_hash";
import { colourTable, PALETTES, type PaletteName, SIZE } from "../src/primitives/heatmap/palette";
import { CURVES, placeOf, scaleOf, steadyScale, thresholdAt, usdAt } from "../src/primitives/heatmap/scale";
import { rasterise } from "../src/primitives/heatmap/texture";

const window = madeUpWindow({
  rows: 20,
  columns: 30,
  density: 0.5,
  holes: [4],
  startMs: 0,
  stepMs: 60_000,
  firstBand: 340,
  level: 0,
});
const options = {
  mode: "both",
  palette: "thermal",
  theme: "dark",
  threshold: 0,
  scale: scaleOf(window, "log"),
} as const;

const alphaAt = (pixels: Uint8ClampedArray, row: number, column: number): number =>
  pixels[4 * ((window.rows - 1 - row) * window.columns + column) + 3] ?? -1;

/** Relative luminance, the same order as perceived lightness. */
function luminance(table: Uint8ClampedArray, entry: number): number {
  const linear = [0, 1, 2].map((channel) => ((table[4 * entry + channel] ?? 0) / 255) ** 2.2);
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

test("lightness is monotone in every palette: up on dark ground, down on light", () => {
  for (const name of [...Object.keys(PALETTES), "long", "short"] as (PaletteName | "long" | "short")[]) {
    for (const [theme, sign] of [
      ["dark", 1],
      ["light", -1],
    ] as const) {
      const table = colourTable(name, theme);
      for (let entry = 8; entry < SIZE; entry += 8) {
        const step = luminance(table, entry) - luminance(table, entry - 8);
        assert.ok(sign * step > -0.002, `${name} ${theme} at ${entry}: ${step}`);
      }
      assert.ok(sign * (luminance(table, SIZE - 1) - luminance(table, 0)) > 0.4, `${name} ${theme}`);
    }
  }
});

test("exactly the cells with something to show are painted, in every mode", () => {
  for (const mode of MODES) {
    const pixels = rasterise(window, { ...options, mode });
    for (let row = 0; row < window.rows; row += 1) {
      for (let column = 0; column < window.columns; column += 1) {
        const index = row * window.columns + column;
        const long = mode === "short" ? 0 : (window.long[index] ?? 0);
        const short = mode === "long" ? 0 : (window.short[index] ?? 0);
        assert.equal(alphaAt(pixels, row, column) > 0, long + short > 0, `${mode} ${row} ${column}`);
      }
    }
  }
});

test("the threshold hides what is below it and nothing else", () => {
  const threshold = 1e5;
  const pixels = rasterise(window, { ...options, threshold });
  for (let index = 0; index < window.long.length; index += 1) {
    const usd = (window.long[index] ?? 0) + (window.short[index] ?? 0);
    if (Number.isNaN(usd) || Math.abs(usd - threshold) < 1) continue;
    const row = Math.floor(index / window.columns);
    assert.equal(alphaAt(pixels, row, index % window.columns) > 0, usd >= threshold);
  }
});

test("a cell has the colour of its place in the table to within one entry", () => {
  const pixels = rasterise(window, options);
  const table = colourTable("thermal", "dark");
  const places = new Map<string, number[]>();
  for (let entry = 0; entry < SIZE; entry += 1) {
    const key = [...table.slice(4 * entry, 4 * entry + 4)].join();
    places.set(key, [...(places.get(key) ?? []), entry]);
  }
  let seen = 0;
  for (let index = 0; index < window.long.length; index += 1) {
    const usd = (window.long[index] ?? 0) + (window.short[index] ?? 0);
    if (!(usd > 0)) continue;
    const row = Math.floor(index / window.columns);
    const at = 4 * ((window.rows - 1 - row) * window.columns + (index % window.columns));
    const wanted = placeOf(usd, options.scale) * (SIZE - 1);
    const entries = places.get([...pixels.slice(at, at + 4)].join()) ?? [];
    assert.ok(
      entries.some((entry) => Math.abs(entry - wanted) <= 1),
      `${usd} at ${wanted}`,
    );
    seen += 1;
  }
  assert.ok(seen > 100);
});

test("the legend's figure and a cell's place are inverse on every curve", () => {
  for (const curve of CURVES) {
    const scale = scaleOf(window, curve);
    for (const place of [0, 0.1, 0.5, 0.9, 1]) {
      assert.ok(Math.abs(placeOf(usdAt(place, scale), scale) - place) < 1e-9);
    }
  }
});

test("a window without anything in it still has a scale", () => {
  const scale = scaleOf({ ...window, quantiles: null, maximum: 0 }, "log");
  assert.ok(scale.high > scale.low && scale.low > 0);
});

test("colours stay while panning and move when the figures do", () => {
  const scale = scaleOf(window, "log");
  assert.equal(steadyScale(scale, { ...scale, high: scale.high * 1.3 }), scale);
  const other = { ...scale, high: scale.high * 2 };
  assert.equal(steadyScale(scale, other), other);
  assert.equal(steadyScale(null, other), other);
});

test("the slider runs from all to the largest cell", () => {
  assert.equal(thresholdAt(0, 1e7), 0);
  assert.ok(Math.abs(thresholdAt(1000, 1e7) - 1e7) < 1);
  assert.ok(thresholdAt(400, 1e7) < thresholdAt(600, 1e7));
  assert.equal(thresholdAt(500, 0), 0);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BookAnswer } from "../src/api/schema";
import { CANVAS_COLOURS } from "../src/chart/themes";
import { alphaOf, BOOK_COLOURS } from "../src/primitives/book/colours";
import { type BookSide, bookLayer, placeOf, rowPrice } from "../src/primitives/book/data";
import { bookLegend } from "../src/primitives/book/legend";
import { readingAt } from "../src/primitives/book/reading";
import {
  columnsAStep,
  placeHoles,
  placeReach,
  placeRibbons,
  type Ribbon,
  THICK,
  THIN,
  thicknessOf,
} from "../src/primitives/book/ribbons";
import { rasteriseBook } from "../src/primitives/book/texture";
import { colourTable, PALETTES, type PaletteName, SIZE } from "../src/primitives/heatmap/palette";
import { contrast, distance, linearOf, type Rgb, SIGHTS, seenBy } from "./colour_vision";

const LOG_WIDTH = Math.log(1.0005);
const STEP = 60_000;
const THEMES = ["dark", "light"] as const;

const EMPTY: BookAnswer = {
  provenance: { kind: "sandbox", name: "made up", is_simulated: true, note: "" },
  as_of_ms: 6 * STEP,
  coin: "BTC",
  kind: null,
  start_ms: 0,
  step_ms: STEP,
  columns: 4,
  level: 1,
  first_band: 4600,
  rows: 20,
  log_width: LOG_WIDTH,
  unit_percent: 0.1,
  low: 100,
  high: 10_000,
  scale: null,
  cells: null,
  summary: null,
  note: "no order book of BTC is stored of these times",
};

/** Four minutes about 100 USD: little, much, not loaded, and not seen beyond 1 %. */
const SUMMED = bookLayer({
  ...EMPTY,
  kind: "live summary",
  note: null,
  summary: {
    kind: "live summary",
    as_of_ms: [0, STEP, null, 3 * STEP],
    mid: [100, 100, null, 100],
    within_percent: [0.5, 1, 2],
    bid_usd: [
      [500, 50_000, null, 500],
      [1_000, 100_000, null, 1_000],
      [2_000, 200_000, null, null],
    ],
    ask_usd: [
      [0, 50_000, null, 500],
      [0, 100_000, null, 1_000],
      [0, 200_000, null, null],
    ],
  },
});

/** 100 USD at y 500, a percent 100 px; a minute 10 px. */
const scales = {
  xOf: (timeMs: number) => timeMs / 6_000,
  yOf: (price: number) => 500 - (price - 100) * 100,
  width: 1_000,
  height: 1_000,
};

test("a density is what lies between two distances by how many tenths of a percent they are apart", () => {
  const [near, middle, far] = SUMMED.rings.filter((ring) => ring.side === "bid");
  assert.deepEqual([near?.inner, near?.outer, far?.inner, far?.outer], [0, 0.5, 1, 2]);
  assert.deepEqual([near?.density[0], middle?.density[0], far?.density[0]], [100, 100, 100]);
  assert.ok(Number.isNaN(far?.density[3]), "what was not seen has no density");
  assert.ok(Number.isNaN(near?.density[2]), "what is not loaded has none");
  assert.equal(SUMMED.rings.find((ring) => ring.side === "ask")?.density[0], 0, "empty is 0");
});

/** [line, thickness] of each ribbon of a side at an x, nearest to the mid first. */
function ribbonsAt(ribbons: readonly Ribbon[], x: number, side: BookSide): [number, number][] {
  return ribbons
    .filter((ribbon) => ribbon.side === side)
    .flatMap(({ points }) => points.filter((point) => Math.abs(point.x - x) < 1e-9))
    .map(({ line, edge }): [number, number] => [line, (edge - line) * (side === "bid" ? -1 : 1)]);
}

test("a ribbon lies at its distance and grows towards the mid: thin for little, thick for much", () => {
  const ribbons = placeRibbons(SUMMED, scales);
  const at = (x: number, side: BookSide) =>
    ribbonsAt(ribbons, x, side).map(([line, height]) => [Math.round(line), Math.round(height)]);
  // Bids: 0.5 % below 100 USD is y 550, 1 % is 600, 2 % is 700; asks 450, 400 and 300. Middles of minutes: 5, 15, 35.
  assert.deepEqual(
    at(5, "bid"),
    [550, 600, 700].map((line) => [line, THIN]),
  );
  assert.deepEqual(
    at(15, "bid"),
    [550, 600, 700].map((line) => [line, THICK]),
  );
  assert.deepEqual(
    at(15, "ask"),
    [450, 400, 300].map((line) => [line, THICK]),
  );
  assert.equal(at(5, "ask").length, 3, "an empty side is known: its ribbons are thin");
  assert.equal(at(25, "bid").length, 0, "a minute that is not loaded has no ribbon");
  assert.equal(at(35, "bid").length, 2, "beyond what was seen there is none");
  assert.deepEqual(
    ribbons[0]?.points.map(({ x }) => x),
    [0, 5, 15, 20],
    "level from the ends of a piece to the first and last middle",
  );
});

test("ribbons of neighbouring rings never meet, at any zoom, and none is drawn where it has no room", () => {
  for (const pixelsAPercent of [400, 60, 20, 8, 3, 1, 0.2]) {
    const yOf = (price: number) => 500 - (price - 100) * pixelsAPercent;
    const spans = ribbonsAt(placeRibbons(SUMMED, { ...scales, yOf }), 15, "ask");
    spans.forEach(([line, height], index) => {
      const inner = spans[index - 1]?.[0] ?? 500;
      assert.ok(line + height < inner, `${pixelsAPercent}: ${spans}`);
    });
    assert.equal(spans.length > 0, pixelsAPercent >= 2, `${pixelsAPercent}`);
  }
  assert.equal(thicknessOf(1, 1.5), null);
  assert.equal(thicknessOf(1, 4), 3);
  assert.equal(thicknessOf(0, 400), THIN);
});

test("only what the pane shows is placed, whatever is loaded", () => {
  const all = <T>(value: (index: number) => T): T[] => Array.from({ length: 4_000 }, (_, index) => value(index));
  const same = bookLayer({
    ...EMPTY,
    kind: "sandbox",
    columns: 4_000,
    summary: {
      kind: "sandbox",
      as_of_ms: all((index) => index * STEP),
      mid: all(() => 100),
      within_percent: [0.5],
      bid_usd: [all(() => 500)],
      ask_usd: [all(() => 500)],
    },
  });
  const ribbons = placeRibbons(same, { ...scales, xOf: (timeMs) => timeMs / 6_000 - 2_000 });
  assert.equal(ribbons.length, 2);
  // 100 columns of 10 px, one more on each side, and the two ends.
  const points = ribbons[0]?.points ?? [];
  assert.deepEqual([points.length, points[0]?.x, points[points.length - 1]?.x], [104, -10, 1_010]);
  assert.equal(placeRibbons(same, { ...scales, xOf: () => null }).length, 0);
  assert.equal(placeRibbons(same, { ...scales, yOf: () => null }).length, 0);
});

test("narrow columns are drawn in steps: the last mid, the mean of what is known, the same while panning", () => {
  assert.deepEqual([10, 6, 5.9, 2, 0.5].map(columnsAStep), [1, 1, 2, 4, 16]);
  const placed = (by: number) =>
    placeRibbons(SUMMED, { ...scales, xOf: (timeMs) => (3 * timeMs) / STEP - by, width: 1_000 });
  // Columns 0 and 1 hold 100 and 10,000 USD per 0.1 %: 5,050 together. Of 2 and 3 only the latter is known.
  assert.equal(Math.round(ribbonsAt(placed(0), 3, "bid")[0]?.[1] ?? 0), thicknessOf(placeOf(5_050, SUMMED.scale), 50));
  assert.equal(Math.round(ribbonsAt(placed(0), 9, "bid")[0]?.[1] ?? 0), THIN);
  const shapes = (by: number) =>
    placed(by).map(({ points }) => points.map(({ x, line, edge }) => [x + by, line, edge]));
  assert.deepEqual(shapes(4), shapes(0));
});

test("what is not loaded is a run at the bottom, clipped to the pane", () => {
  assert.deepEqual(SUMMED.holes, [[2, 3]]);
  assert.deepEqual(placeHoles(SUMMED, scales), [[20, 30]]);
  assert.deepEqual(placeHoles(SUMMED, { ...scales, width: 25 }), [[20, 25]]);
  assert.deepEqual(bookLayer(EMPTY).holes, [[0, 4]]);
});

const cell = (column: number, row: number, usd: number): [number, number, number] => [column, row, usd];
const UNITS = (2 * LOG_WIDTH) / Math.log(1.001);
const ARCHIVED = bookLayer({
  ...EMPTY,
  kind: "archive",
  note: null,
  cells: {
    as_of_ms: [0, null, 2 * STEP, 3 * STEP],
    seen_low: [99.6, null, 99.6, 99.6],
    seen_high: [100.9, null, 100.9, 100.9],
    bid: [cell(0, 4, 100 * UNITS), cell(0, 5, 1e9), cell(2, 5, 50)],
    ask: [cell(0, 8, 10_000 * UNITS), cell(2, 5, 70)],
  },
});

test("a cell of an archive is a pixel whose strength is its place between little and much", () => {
  for (const theme of THEMES) {
    const pixels = rasteriseBook(ARCHIVED, theme);
    const at = (column: number, row: number): number[] => {
      const index = 4 * ((19 - row) * 4 + column);
      return [...pixels.slice(index, index + 4)];
    };
    assert.equal(pixels.length, 4 * 20 * 4);
    assert.deepEqual(at(0, 4), [...BOOK_COLOURS[theme].bid, alphaOf(0)]);
    assert.deepEqual(at(0, 5), [...BOOK_COLOURS[theme].bid, 255]);
    assert.deepEqual(at(0, 8), [...BOOK_COLOURS[theme].ask, 255]);
    assert.deepEqual(at(2, 5).slice(0, 3), [...BOOK_COLOURS[theme].ask], "the larger side of a row");
    assert.deepEqual(at(1, 5), [0, 0, 0, 0]);
    assert.equal(pixels.filter((byte, index) => index % 4 === 3 && byte > 0).length, 4);
  }
});

test("how far an archived book reaches is a line on both sides, none where it is not loaded", () => {
  const reach = placeReach(ARCHIVED, scales);
  assert.deepEqual(
    reach.filter((bar) => bar.side === "bid").map(({ x, y }) => [x, y]),
    [0, 20, 30].map((x) => [x, 540]),
  );
  assert.equal(reach.length, 6);
  assert.equal(placeReach(SUMMED, scales).length, 0);
});

test("a place is on the logarithm from little to much, and nothing is above much", () => {
  const scale = { low: 100, high: 10_000 };
  assert.deepEqual(
    [0, 100, 1_000, 10_000, 1e9].map((density) => placeOf(density, scale)),
    [0, 0, 0.5, 1, 1],
  );
  assert.equal(placeOf(Number.NaN, scale), 0);
  assert.equal(placeOf(1e9, null), 0);
  assert.equal(placeOf(101, { low: 100, high: 100 }), 1);
});

test("a reading tells the ring of a price, or the cell, and nothing where nothing was seen", () => {
  const near = readingAt(SUMMED, 10, 99.8);
  assert.deepEqual([near?.side, near?.what, near?.usd, near?.inner, near?.outer], ["bid", "near", 500, 0, 0.5]);
  assert.equal(readingAt(SUMMED, STEP, 101.9)?.usd, 200_000);
  assert.equal(readingAt(SUMMED, 10, 103), null, "further out than 2 %");
  assert.equal(readingAt(SUMMED, 2 * STEP, 99.8), null, "not loaded");
  assert.equal(readingAt(SUMMED, 3 * STEP, 98.5), null, "not seen");
  assert.equal(readingAt(SUMMED, -1, 99.8), null);
  const { cells } = ARCHIVED;
  assert.ok(cells !== null);
  const inside = rowPrice(cells, 8) * 1.0001;
  const found = readingAt(ARCHIVED, 10, inside);
  assert.equal(found?.side, "ask");
  assert.ok(Math.abs((found?.usd ?? 0) / (10_000 * UNITS) - 1) < 1e-9);
  assert.equal(readingAt(ARCHIVED, 10, rowPrice(cells, 7) * 1.0001)?.usd, 0, "seen and empty");
  assert.equal(readingAt(ARCHIVED, 10, 110), null, "beyond the book");
  assert.equal(readingAt(ARCHIVED, STEP, inside), null, "not loaded");
});

test("the legend says what it is of, how much is much, and what is not loaded, in each case", () => {
  const summed = bookLegend(SUMMED, "dark");
  assert.deepEqual(
    summed.amounts.map(({ by, little, much }) => [by, little, much]),
    [["width", "$100.0 or less", "$10.00k or more"]],
  );
  assert.match(summed.source, /followed live/);
  assert.ok(summed.notes.some((note) => /dashed line/.test(note)));
  assert.ok(summed.notes.some((note) => /not added to the levels/.test(note)));
  const archived = bookLegend(ARCHIVED, "light");
  assert.deepEqual(
    archived.amounts.map(({ by }) => by),
    ["strength"],
  );
  assert.ok(archived.notes.some((note) => /not loaded, not empty/.test(note)));
  const both = bookLegend({ ...ARCHIVED, rings: SUMMED.rings }, "light");
  assert.deepEqual(
    both.amounts.map(({ by }) => by),
    ["width", "strength"],
  );
  assert.match(both.source, /archive.*ribbons/);
  const none = bookLegend(bookLayer(EMPTY), "dark");
  assert.equal(none.source, "not loaded");
  assert.deepEqual(none.amounts, []);
  assert.ok(none.notes.includes(EMPTY.note ?? ""));
});

test("the two hues stand on the ground, are told apart by every eye, and are in no palette of the map", () => {
  const hex = (text: string): Rgb => {
    const word = Number.parseInt(text.slice(1), 16);
    return linearOf([word >> 16, (word >> 8) & 255, word & 255]);
  };
  for (const theme of THEMES) {
    const [bid, ask] = [linearOf(BOOK_COLOURS[theme].bid), linearOf(BOOK_COLOURS[theme].ask)];
    for (const colour of [bid, ask]) {
      const ratio = contrast(colour, hex(CANVAS_COLOURS[theme].background));
      assert.ok(ratio >= 4.5, `${theme}: ${ratio}`);
    }
    for (const sight of SIGHTS) {
      const far = distance(seenBy(sight, bid), seenBy(sight, ask));
      assert.ok(far >= 0.08, `${theme} ${sight}: ${far}`);
    }
    for (const name of [...Object.keys(PALETTES), "short"] as (PaletteName | "short")[]) {
      const table = colourTable(name, theme);
      for (let entry = 0; entry < SIZE; entry += 1) {
        const heat = linearOf([table[4 * entry] ?? 0, table[4 * entry + 1] ?? 0, table[4 * entry + 2] ?? 0]);
        for (const [side, colour] of [
          ["bid", bid],
          ["ask", ask],
        ] as const) {
          const far = distance(heat, colour);
          assert.ok(far >= 0.05, `${theme} ${side} and ${name} at ${entry}: ${far}`);
        }
      }
    }
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StructureAnswer } from "../src/api/structure";
import { structureNotes, structurePicture } from "../src/model/structure_plan";
import { structureWords } from "../src/model/structure_words";
import { type NamedLine, placeLines, placeSwings, type Scales } from "../src/primitives/structure/place";

/** A pixel an hour from 100 h on, a pixel a USD, 100 wide and high. */
const scales: Scales = {
  xOf: (timeMs) => timeMs / 3_600_000 - 100,
  yOf: (price) => 1_100 - price,
  width: 100,
  height: 100,
};
const hour = (count: number): number => count * 3_600_000;
const line = (name: string, price: number, from: number, to: number | null): NamedLine => ({
  name,
  kind: "session",
  price,
  startMs: hour(from),
  endMs: to === null ? null : hour(to),
});

test("lines are cut to the pane, those beside it are left out, and names that would lie on another are not written", () => {
  const placed = placeLines(
    [
      line("day high", 1_050, 90, null),
      line("previous day high", 1_045, 110, 150),
      line("last week", 1_060, 10, 90),
      line("far", 2_000, 110, null),
    ],
    scales,
  );
  assert.deepEqual(
    placed.map(({ line: { name }, left, right, y, labelX }) => [name, left, right, y, labelX]),
    [
      ["day high", 0, 100, 50, 100],
      ["previous day high", 10, 50, 55, null],
    ],
  );
});

test("a swing's line ends where a later hour went further, and goes on where none did", () => {
  const swing = { price: 1_020, timeMs: hour(120), isHigh: true, isTurn: false };
  const placed = placeSwings(
    [
      { ...swing, brokenMs: hour(130) },
      { ...swing, brokenMs: null },
      { ...swing, timeMs: hour(20), brokenMs: hour(50) },
    ],
    scales,
  );
  assert.deepEqual(
    placed.map(({ x, right }) => [x, right]),
    [
      [20, 30],
      [20, 100],
    ],
  );
});

const answer = {
  as_of_ms: hour(800),
  coin: "BTC",
  mark: 60_000,
  source: { kind: "mark_path", name: "marks of the frames", interval_ms: 900_000 },
  bar_count: 290,
  atr: 600,
  notes: ["3.0 of 20 days of prices are known"],
  swings: [
    {
      kind: "fractal",
      side: "low",
      price: 58_000,
      time_ms: hour(700),
      known_at_ms: hour(706),
      broken_ms: null,
      distance_percent: -3.3,
    },
    {
      kind: "zigzag",
      side: "low",
      price: 58_000,
      time_ms: hour(700),
      known_at_ms: hour(710),
      broken_ms: null,
      distance_percent: -3.3,
    },
  ],
  lines: [
    { name: "POC", kind: "profile", price: 59_000, start_ms: hour(80), end_ms: null, distance_percent: -1.7 },
    { name: "range high", kind: "range", price: 63_000, start_ms: hour(300), end_ms: null, distance_percent: 5 },
  ],
  profile: {
    source: "made up",
    start_ms: hour(80),
    end_ms: hour(800),
    bins: [
      { price_low: 57_000, price_high: 58_000, size: 20 },
      { price_low: 58_000, price_high: 59_000, size: 80 },
    ],
    value_area_low: 58_000,
    value_area_high: 59_000,
  },
  profile_note: null,
  clusters: [
    {
      side: 1,
      price_low: 57_500,
      price_high: 57_900,
      price_peak: 57_700,
      cluster_id: null,
      labels: ["beyond swing", "beyond range", "at cluster"],
      confluence: [{ of: "swing", name: "swing low", price: 58_000, distance_atr: 0.17 }],
    },
  ],
} as unknown as StructureAnswer;

test("a swing that both rules mark is drawn once, ranges are named before the profile, bars are shares of the largest", () => {
  const picture = structurePicture(answer);
  assert.deepEqual(picture.swings, [{ timeMs: hour(700), price: 58_000, isHigh: false, brokenMs: null, isTurn: true }]);
  assert.deepEqual(
    picture.lines.map(({ name }) => name),
    ["range high", "POC"],
  );
  assert.deepEqual(
    picture.bins.map(({ share, isValueArea }) => [share, isValueArea]),
    [
      [0.25, false],
      [1, true],
    ],
  );
});

test("the legend says what the bars are of, and why volume is not known", () => {
  assert.deepEqual(structureNotes(answer).slice(0, 2), [
    "From 290 bars: marks of the frames, marks and not trades.",
    "ATR(14, 1 h) 600.000 USD, 1.00 %.",
  ]);
  const notes = structureNotes({ ...answer, profile: null, profile_note: "no prints were kept" });
  assert.ok(notes.includes("Volume profile: no prints were kept"));
});

test("a cluster's words name the swing it lies beyond; of another cluster nothing is known", () => {
  assert.deepEqual(structureWords(answer, { side: 1, price_low: 57_500 }), [
    "beyond the 20-day range",
    "price is at it",
    "just beyond swing low 58,000.0",
  ]);
  assert.deepEqual(structureWords(answer, { side: -1, price_low: 57_500 }), []);
  assert.deepEqual(structureWords(null, { side: 1, price_low: 57_500 }), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { CANVAS_COLOURS } from "../src/chart/themes";
import { colourTable, PALETTES, type PaletteName, SIZE, type Theme } from "../src/primitives/heatmap/palette";
import { contrast, distance, labOf, linearOf, type Rgb, SIGHTS, seenBy } from "./colour_vision";

const NAMES = [...Object.keys(PALETTES), "long", "short"] as (PaletteName | "long" | "short")[];
const THEMES = [
  ["dark", 1],
  ["light", -1],
] as const;

/** The colours of a table in linear light. */
const coloursOf = (name: PaletteName | "long" | "short", theme: Theme): Rgb[] => {
  const table = colourTable(name, theme);
  return Array.from({ length: SIZE }, (_, entry) =>
    linearOf([table[4 * entry] ?? 0, table[4 * entry + 1] ?? 0, table[4 * entry + 2] ?? 0]),
  );
};

const hex = (text: string): Rgb => {
  const word = Number.parseInt(text.slice(1), 16);
  return linearOf([word >> 16, (word >> 8) & 255, word & 255]);
};

test("perceived lightness is monotone in every palette: up on dark ground, down on light", () => {
  for (const name of NAMES) {
    for (const [theme, sign] of THEMES) {
      const lightness = coloursOf(name, theme).map((colour) => labOf(colour)[0]);
      for (let entry = 8; entry < SIZE; entry += 1) {
        const step = (lightness[entry] ?? 0) - (lightness[entry - 8] ?? 0);
        assert.ok(sign * step > 0, `${name} ${theme} at ${entry}: ${step}`);
      }
      assert.ok(sign * ((lightness[SIZE - 1] ?? 0) - (lightness[0] ?? 0)) > 0.4, `${name} ${theme}`);
    }
  }
});

test("the first step already stands out from the ground: contrast at least 1.5", () => {
  for (const name of NAMES) {
    for (const [theme] of THEMES) {
      const first = coloursOf(name, theme)[0] ?? [0, 0, 0];
      const ratio = contrast(first, hex(CANVAS_COLOURS[theme].background));
      assert.ok(ratio >= 1.5, `${name} ${theme}: ${ratio}`);
    }
  }
});

test("the two sides are told apart at every step, with all cones, without red and without green ones", () => {
  for (const [theme] of THEMES) {
    const [long, short] = [coloursOf("long", theme), coloursOf("short", theme)];
    for (const sight of SIGHTS) {
      for (let entry = 0; entry < SIZE; entry += 1) {
        const far = distance(seenBy(sight, long[entry] as Rgb), seenBy(sight, short[entry] as Rgb));
        assert.ok(far >= 0.08, `${theme} ${sight} at ${entry}: ${far}`);
      }
    }
  }
});

test("an amount is as light on one side as on the other", () => {
  for (const [theme] of THEMES) {
    const [long, short] = [coloursOf("long", theme), coloursOf("short", theme)];
    for (let entry = 0; entry < SIZE; entry += 1) {
      const off = Math.abs(labOf(long[entry] as Rgb)[0] - labOf(short[entry] as Rgb)[0]);
      assert.ok(off < 0.05, `${theme} at ${entry}: ${off}`);
    }
  }
});

test("steps of the default palette are told apart without red or green cones too", () => {
  for (const name of ["thermal", "safe"] as const) {
    for (const [theme] of THEMES) {
      const colours = coloursOf(name, theme);
      for (const sight of SIGHTS) {
        for (let entry = 32; entry < SIZE; entry += 1) {
          const far = distance(seenBy(sight, colours[entry] as Rgb), seenBy(sight, colours[entry - 32] as Rgb));
          assert.ok(far >= 0.03, `${name} ${theme} ${sight} at ${entry}: ${far}`);
        }
      }
    }
  }
});

/** Steps, of 256, up to which a candle of one tone stands out; the hottest are as light, or as dark, as it is. */
const ONE_TONE_STANDS = 128;

test("candles of two tones stand out from every colour of the map, those of one tone from the cooler half", () => {
  for (const name of NAMES) {
    for (const [theme] of THEMES) {
      const { candleUp, candleDown, candleLine } = CANVAS_COLOURS[theme];
      const [twoTones, oneTone] = theme === "dark" ? [candleDown, candleUp] : [candleUp, candleDown];
      for (const [entry, colour] of coloursOf(name, theme).entries()) {
        const line = contrast(colour, hex(candleLine));
        assert.ok(Math.max(contrast(colour, hex(twoTones)), line) >= 3, `two: ${name} ${theme} at ${entry}`);
        if (entry > ONE_TONE_STANDS) continue;
        assert.ok(Math.max(contrast(colour, hex(oneTone)), line) >= 2.5, `one: ${name} ${theme} at ${entry}`);
      }
    }
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { betweenText, figureText } from "../src/model/caveat_text";

const figure = {
  name: "share",
  value: 60.36,
  unit: "percent",
  n: 433,
  low: null,
  high: null,
  source: "modelled",
  reason: null,
} as const;

test("a figure says its count and source, its interval where it has one, and unknown with its reason", () => {
  assert.equal(figureText(figure), "60.4 %, n = 433, modelled");
  assert.equal(figureText({ ...figure, unit: "bp", value: -3.72, n: null, source: "measured" }), "−3.72 bp, measured");
  assert.equal(figureText({ ...figure, low: 50, high: 70 }), "60.4 %, 50 % to 70 %, n = 433, modelled");
  assert.equal(
    figureText({ ...figure, value: null, source: "unknown", reason: "not published" }),
    "unknown: not published",
  );
});

test("the least and most of a span are told together or not at all", () => {
  assert.equal(betweenText(1.2e6, 1.64e6), "$1.20M to $1.64M");
  assert.equal(betweenText(null, 1), null);
});

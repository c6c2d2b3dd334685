import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPrice, formatSize, priceDecimals } from "../src/format/price";
import { formatAge, formatShort, formatStep, formatTime } from "../src/format/time";
import { distance, percent, usd, usdFull } from "../src/format/usd";

test("dollars keep four significant digits and their unit", () => {
  const table: [number, string][] = [
    [0, "$0"],
    [12_345_678, "$12.35M"],
    [999_950, "$1.000M"],
    [999_940, "$999.9k"],
    [1_000, "$1.000k"],
    [532.1, "$532.1"],
    [2.5e9, "$2.500B"],
    [-1_500, "−$1.500k"],
    [0.001, "<$0.01"],
  ];
  for (const [value, text] of table) assert.equal(usd(value), text);
  assert.equal(usd(20_000_000, 2), "$20M");
});

test("unknown is said, never shown as zero", () => {
  for (const value of [null, undefined, NaN]) {
    assert.equal(usd(value), "unknown");
    assert.equal(usdFull(value), "unknown");
    assert.equal(percent(value), "unknown");
    assert.equal(distance(value), "–");
    assert.equal(formatPrice(value), "–");
  }
  assert.equal(formatTime(null), "unknown");
  assert.equal(formatAge(null), "unknown");
});

test("prices show six significant digits from kPEPE to BTC", () => {
  assert.equal(formatPrice(67_568.25), "67,568.3");
  assert.equal(formatPrice(0.0038634), "0.00386340");
  assert.equal(priceDecimals(1_000_000), 0);
  assert.equal(priceDecimals(NaN), 2);
  assert.equal(formatSize(-1234.5678), "1,234.57");
});

test("distances carry their sign, shares and ages their unit", () => {
  assert.equal(distance(-3.456), "−3.46 %");
  assert.equal(distance(12.34), "+12.3 %");
  assert.equal(distance(0), "0.00 %");
  assert.deepEqual(
    [0.153, 0.002, 0].map((value) => percent(value)),
    ["15 %", "<1 %", "0 %"],
  );
  assert.equal(usdFull(1234567.8), "$1,234,568");
  assert.deepEqual([5_000, 240_000, 3.2 * 3_600_000, 290 * 86_400_000].map(formatAge), [
    "5 s",
    "4 min",
    "3.2 h",
    "290 days",
  ]);
  assert.deepEqual([60_000, 7_200_000, 86_400_000].map(formatStep), ["1 min", "2 h", "1 d"]);
});

test("times are UTC", () => {
  assert.equal(formatTime(Date.UTC(2026, 1, 5, 14, 3)), "5 Feb 2026 14:03 UTC");
  assert.equal(formatShort(Date.UTC(2026, 1, 5, 4, 3)), "5 Feb 04:03");
});

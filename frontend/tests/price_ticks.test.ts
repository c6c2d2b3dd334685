import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFrom, formatSpan, formatTo } from "../src/format/price";
import { clockName, formatBy, formatTick } from "../src/format/time";
import { priceTicks, shownExponent, tickExponent } from "../src/model/price_ticks";

const HEIGHT = 600;
const GAP = 34;
const SCALES = Array.from({ length: 13 }, (_, index) => 10 ** (index - 7)).flatMap((power) =>
  [1, 1.37, 2.5, 4.999, 8.4523].map((digits) => digits * power),
);
const digitsOf = (price: number): number => (price.toExponential().split("e")[0] ?? "").replace(".", "").length;
const yOf = (price: number, low: number, high: number) => (HEIGHT * Math.log(high / price)) / Math.log(high / low);

test("the coin's tick has five digits, at most six decimals, and whole numbers always stand", () => {
  const table: [number, number][] = [
    [123_456, 0],
    [84_523, 0],
    [10_000, 0],
    [3_215.4, -1],
    [3.2154, -4],
    [1, -4],
    [0.0038634, -6],
    [0.000_012_34, -8],
    [1e-6, -9],
  ];
  for (const [price, exponent] of table) assert.equal(tickExponent(price), exponent, String(price));
});

test("four digits are said, and the tick where a pixel is less than four digits tell apart", () => {
  assert.equal(formatTo(84_523, shownExponent(84_523, 21)), "84,520");
  assert.equal(formatTo(84_523, shownExponent(84_523, 0.2)), "84,523");
  assert.equal(formatTo(3.21541, shownExponent(3.21541, 0.01)), "3.215");
  assert.equal(formatTo(0.00386341, shownExponent(0.00386341, 1e-9)), "0.003863", "not below the tick");
});

for (const width of [0.0005, 0.01, 0.1, 0.5, 0.95, 2, 5, 12]) {
  test(`ticks are apart and enough at every price, over ${width} in log price`, () => {
    for (const price of SCALES) {
      const [low, high] = [price, price * Math.exp(width)];
      const { prices, exponent, step } = priceTicks(low, high, HEIGHT, GAP);
      const finest = 10 ** tickExponent(low);
      if (high - low > 4 * finest) assert.ok(prices.length >= 2, `${price}: ${prices}`);
      for (const [index, each] of prices.entries()) {
        assert.ok(each >= low * (1 - 1e-9) && each <= high * (1 + 1e-9));
        assert.ok(digitsOf(each) <= 6, `${each} is a round price`);
        const before = prices[index - 1];
        if (before === undefined) continue;
        assert.ok(each > before);
        assert.ok(yOf(before, low, high) - yOf(each, low, high) >= GAP * 0.999, `${price}: ${before} ${each}`);
        // One step all over, where the scale spans less than a factor of three.
        if (exponent !== null) assert.ok(Math.abs(each - before - step) < step * 1e-6);
      }
      if (exponent !== null) {
        const texts = prices.map((each) => formatTo(each, exponent));
        assert.equal(new Set(texts).size, prices.length, "each has a text of its own");
        assert.ok(exponent >= tickExponent(low));
      }
    }
  });
}

test("steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual(priceTicks(80_000, 90_000, 400, 40), {
    prices: [80_000, 82_000, 84_000, 86_000, 88_000, 90_000].map(Number),
    exponent: 3,
    step: 2_000,
  });
  assert.deepEqual(priceTicks(0.29, 0.61, 200, 60).prices, [0.4, 0.6]);
  assert.deepEqual(priceTicks(1, 1_000_000, 600, 90).prices, [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]);
  assert.deepEqual(priceTicks(1, 100, 600, 60).prices, [1, 2, 5, 10, 20, 50, 100]);
});

test("where there is nothing to show there are no ticks", () => {
  for (const [low, high, height] of [
    [0, 1, 400],
    [2, 2, 400],
    [2, 1, 400],
    [NaN, NaN, 400],
    [1, 2, 10],
  ] as const) {
    assert.deepEqual(priceTicks(low, high, height, 40).prices, []);
  }
});

test("distances have as many digits as the step tells apart", () => {
  assert.equal(formatFrom(84_500, 84_000, 500), "+0.6 %");
  assert.equal(formatFrom(83_000, 84_000, 10), "−1.190 %");
  assert.equal(formatFrom(84_000, 84_000, 500), "0.0 %");
  assert.equal(formatFrom(840_000, 84_000, 10_000), "+900 %");
  assert.equal(formatFrom(1, 1e-7, 1), "+many %");
  assert.equal(formatSpan(84_511, 84_553), "84,510 – 84,550");
  assert.equal(formatSpan(100.02, 100.04), "100.02 – 100.04");
});

test("a clock says what it is ahead of UTC, at the time that is meant", () => {
  const zone = process.env.TZ ?? "UTC";
  try {
    process.env.TZ = "Europe/Berlin";
    const [winter, summer] = [Date.UTC(2026, 1, 5, 14, 3), Date.UTC(2026, 6, 5, 14, 3)];
    assert.equal(formatBy(winter, "utc"), "5 Feb 14:03 UTC");
    assert.equal(formatBy(winter, "local"), "5 Feb 15:03 UTC+1");
    assert.equal(formatBy(summer, "local"), "5 Jul 16:03 UTC+2");
    process.env.TZ = "America/St_Johns";
    assert.equal(clockName(winter, "local"), "UTC−3:30");
    assert.equal(clockName(winter, "utc"), "UTC");
  } finally {
    process.env.TZ = zone;
  }
  assert.deepEqual(
    (["year", "month", "day", "time"] as const).map((part) => formatTick(Date.UTC(2026, 1, 5, 14, 3), part)),
    ["2026", "Feb", "5 Feb", "14:03"],
  );
});

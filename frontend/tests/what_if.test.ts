import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cascade } from "../src/api/cascade";
import { whatIfSentence } from "../src/model/what_if";
import { ladderSteps, pathPoints, priceAtY, spread } from "../src/model/what_if_map";

const coin = { coin: "BTC", start_mark: 100, end_mark: 95, filled: 1_900_000, backstop: 200_000, adl: 0, reached: [] };
const totals = { filled: 1_900_000, backstop: 200_000, adl: 0 };
const cascade = (change: object): Cascade =>
  ({
    coin: "BTC",
    mark: 100,
    target_price: 95,
    shock_ms: 600_000,
    label: "x",
    coins: [coin],
    totals,
    ...change,
  }) as never;

test("one sentence says how far, how fast, how much and who takes it", () => {
  assert.equal(
    whatIfSentence(cascade({})),
    "If BTC falls 5.00 % to 95.0000 within 10 min, about $2.10M of BTC longs are sold by force: the order book takes " +
      "$1.90M, the liquidator vault $200k, and nothing is left for auto-deleveraging.",
  );
  const up = { ...coin, backstop: 0, adl: 200_000 };
  assert.match(
    whatIfSentence(cascade({ target_price: 103, coins: [up] })),
    /^If BTC rises 3\.00 % to .* BTC shorts are bought back by force: .* vault nothing, and \$200k is closed against winning positions/,
  );
});

test("what other coins lose is said apart, and then the side of this coin is not guessed", () => {
  const other = { ...coin, coin: "ETH", filled: 900_000 };
  const said = whatIfSentence(
    cascade({ coins: [coin, other], totals: { ...totals, filled: 2_800_000, backstop: 400_000 } }),
  );
  assert.match(said, /about \$2\.10M of BTC positions are closed by force/);
  assert.match(said, /With all other coins it is \$3\.20M\.$/);
});

test("nothing closed is said as nothing, and a replay names what it replays", () => {
  const calm = { ...coin, filled: 0, backstop: 0 };
  assert.match(
    whatIfSentence(cascade({ coins: [calm], totals: { filled: 0, backstop: 0, adl: 0 } })),
    /no BTC position is closed by force\.$/,
  );
  assert.match(
    whatIfSentence(cascade({ target_price: null, label: "10 October 2025" })),
    /^In a replay of 10 October 2025, about/,
  );
});

test("a price is found again at the height where the scale puts it, and stays within the screen", () => {
  const yOf = (price: number) => 500 - 300 * Math.log(price / 60_000);
  for (const price of [30_001, 60_000, 81_900.5]) {
    assert.ok(Math.abs(priceAtY(yOf, yOf(price), 30_000, 90_000) / price - 1) < 1e-9);
  }
  assert.ok(Math.abs(priceAtY(yOf, -9_999, 30_000, 90_000) / 90_000 - 1) < 1e-9);
  assert.ok(Math.abs(priceAtY(yOf, 9_999, 30_000, 90_000) / 30_000 - 1) < 1e-9);
});

test("a path of a thousand points keeps its ends in order and its extremes, and skips what is unknown", () => {
  const mark = Array.from({ length: 1_000 }, (_, row) => (row === 7 ? null : 100 - Math.sin(row / 50) * 5));
  mark[333] = 42;
  mark[700] = 142;
  const points = pathPoints({
    coin: "BTC",
    path_ms: mark.map((_, row) => row * 100),
    horizon_ms: 100_000,
    paths: [{ coin: "ETH", mark: [1] } as never, { coin: "BTC", mark } as never],
  });
  assert.ok(points.length <= 160);
  assert.equal(Math.min(...points.map((point) => point.price)), 42);
  assert.equal(Math.max(...points.map((point) => point.price)), 142);
  assert.ok(points.every((point, index) => index === 0 || point.share > (points[index - 1]?.share ?? 0)));
  assert.deepEqual(pathPoints({ coin: "SOL", path_ms: [], horizon_ms: 1, paths: [] }), []);
});

test("each cluster reached says who took its positions, nearest first; levels outside of it do not count", () => {
  const reached = [
    { side: 1, price_low: 90, price_high: 92, price_peak: 91, notional: 5 },
    { side: 1, price_low: 96, price_high: 97, price_peak: 96.5, notional: 9 },
  ];
  const steps = ladderSteps({
    coin: "BTC",
    mark: 100,
    coins: [{ ...coin, reached } as never],
    per_level: {
      coin: ["BTC", "BTC", "ETH", "BTC", "BTC"],
      price_low: [96, 96.4, 96.4, 91.8, 80],
      price_high: [96.4, 96.8, 96.8, 92.4, 81],
      filled: [1, 2, 50, 70, 90],
      backstop: [0, 3, 50, 70, 90],
      adl: [0.5, 0, 50, 70, 90],
    } as never,
  });
  assert.deepEqual(
    steps.map(({ peak, book, vault, adl }) => [peak, book, vault, adl]),
    [
      [96.5, 3, 3, 0.5],
      [91, 0, 0, 0],
    ],
  );
});

test("labels keep their distance, the first ones win, and there are at most so many", () => {
  assert.deepEqual(
    spread([10, 18, 30, 31, 60, 90], (y) => (y === 60 ? null : y), 15, 2),
    [10, 30],
  );
});

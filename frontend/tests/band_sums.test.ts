import assert from "node:assert/strict";
import { test } from "node:test";
import { outwards, type PricedBands, sumBetween, totalOf } from "../src/model/band_sums";

const LOG_STEP = 0.01;
const edge = (band: number): number => Math.exp(band * LOG_STEP);
const BANDS: PricedBands = {
  rows: [
    { band: 1_090, long: 500, short: 0 },
    { band: 1_095, long: 100, short: 20 },
    { band: 1_100, long: 8, short: 40 },
    { band: 1_103, long: 0, short: 3_000 },
  ],
  logStep: LOG_STEP,
  mark: edge(1_100.25),
  toldLow: edge(1_085),
  toldHigh: edge(1_110),
  side: null,
};
const near = (value: number | null, wanted: number): void =>
  assert.ok(value !== null && Math.abs(value - wanted) < 1e-6 * Math.max(wanted, 1), `${value} is ${wanted}`);

test("whole rows count whole, and in whichever order the prices are", () => {
  for (const [one, other] of [
    [edge(1_090), edge(1_096)],
    [edge(1_096), edge(1_090)],
  ] as const) {
    const sums = sumBetween(BANDS, one, other);
    near(sums.long, 600);
    near(sums.short, 20);
  }
});

test("neighbouring spans add up wherever they are cut", () => {
  for (const cut of [1_090.1, 1_094.99, 1_095.5, 1_100.25, 1_103.7]) {
    const parts = [sumBetween(BANDS, edge(1_086), edge(cut)), sumBetween(BANDS, edge(cut), edge(1_109))];
    near((totalOf(parts[0] ?? BAD) ?? NaN) + (totalOf(parts[1] ?? BAD) ?? NaN), 3_668);
  }
});
const BAD = { long: null, short: null };

test("what is not told is unknown, not zero", () => {
  assert.deepEqual(sumBetween(BANDS, edge(1_080), edge(1_100)), BAD);
  assert.deepEqual(sumBetween(BANDS, edge(1_100), edge(1_111)), BAD);
  assert.deepEqual(sumBetween({ ...BANDS, mark: null }, edge(1_090), edge(1_100)), BAD);
  assert.equal(totalOf(BAD), null);
  const longs = sumBetween({ ...BANDS, side: 1 }, edge(1_090), edge(1_100));
  near(longs.long, 600);
  assert.equal(longs.short, null);
  assert.deepEqual(sumBetween({ ...BANDS, toldLow: null }, edge(10), edge(1_089)), { long: 0, short: 0 });
});

test("the sum outwards is at each price the sum between it and the mark", () => {
  const { above, below } = outwards(BANDS);
  for (const points of [above, below]) {
    assert.deepEqual(points[0], { price: BANDS.mark, usd: 0 });
    for (const point of points) near(totalOf(sumBetween(BANDS, BANDS.mark ?? 0, point.price)), point.usd);
    for (const [index, point] of points.slice(1).entries()) assert.ok(point.usd >= (points[index]?.usd ?? 0));
  }
  near(above.at(-1)?.usd ?? null, 0.75 * 48 + 3_000);
  near(below.at(-1)?.usd ?? null, 0.25 * 48 + 620);
  assert.deepEqual(outwards({ ...BANDS, mark: null }), { above: [], below: [] });
});

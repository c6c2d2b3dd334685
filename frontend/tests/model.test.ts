import assert from "node:assert/strict";
import { test } from "node:test";
import type { BandColumns, Frame, FrameChange } from "../src/api/schema";
import { follows, pauseBefore } from "../src/api/stream";
import { roundUp } from "../src/chart/profile";
import { CurrentBands } from "../src/model/bands";
import { chooseInterval, gridOf, joinPath, keepsInterval } from "../src/model/candles";
import { planFetch, serves, type VisibleArea } from "../src/model/fetch_plan";
import { spanOf } from "../src/model/time_range";
import { formatHash, parseHash } from "../src/model/view_hash";
import { madeUpWindow } from "../src/harness/made_up";
import { matchCoins } from "../src/ui/coin_search";

const columns = (rows: [band: number, side: 1 | -1, size: number, first: number][]): BandColumns => ({
  band: rows.map((row) => row[0]),
  side: rows.map((row) => row[1]),
  quality: rows.map(() => "state"),
  size: rows.map((row) => row[2]),
  notional: rows.map((row) => row[2] * 10),
  level_notional: rows.map((row) => row[2] * 9),
  first_order_notional: rows.map((row) => row[3] * 10),
  first_order_size: rows.map((row) => row[3]),
  position_count: rows.map(() => 1),
});
const head = { as_of_ms: 0, coin: "A", mark: 10, oracle: 10, open_interest: null, coverage: null, outside: [] };
const frame = { ...head, bands: columns([[8, 1, 2, 2], [9, 1, 3, 1], [20, -1, 5, 1]]) } as unknown as Frame;
const change = (mark: number | null, rows: Parameters<typeof columns>[0]) =>
  ({ ...head, mark, changes: columns(rows) }) as unknown as FrameChange;

test("bands of one level add up to the row of a coarser one", () => {
  const rows = new CurrentBands(frame).profile(1);
  assert.deepEqual(rows, [{ band: 4, long: 50, short: 0 }, { band: 10, long: 0, short: 50 }]);
});

test("a change replaces, size 0 removes, and the rest moves on with the mark", () => {
  const bands = new CurrentBands(frame);
  bands.apply(change(20, [[8, 1, 0, 0], [20, -1, 6, 1]]));
  assert.deepEqual(bands.profile(0), [{ band: 9, long: 60, short: 0 }, { band: 20, long: 0, short: 120 }]);
  assert.equal(bands.count, 2);
});

test("without a mark there is no profile, not one of zeros", () => {
  const bands = new CurrentBands(frame);
  bands.apply(change(null, []));
  assert.deepEqual(bands.profile(0), []);
});

test("the part sent to the book at once is a share of the coins in bands", () => {
  assert.equal(new CurrentBands(frame).firstOrderShare(), 0.4);
});

test("a message follows only its predecessor; a snapshot always does", () => {
  const message = (type: string, sequence: number) => ({ type, sequence }) as never;
  assert.ok(follows(null, message("snapshot", 9)));
  assert.ok(follows(9, message("frame", 10)));
  assert.ok(!follows(9, message("frame", 11)));
  assert.ok(!follows(null, message("frame", 1)));
});

test("pauses before reconnecting grow to a limit", () => {
  assert.deepEqual([0, 1, 2, 10].map(pauseBefore), [500, 1000, 2000, 15_000]);
});

test("bars stand on a grid without gaps, whatever is missing", () => {
  const grid = gridOf([[120_000, 1, 5, 1, 2], [180_000, 2, 3, 0.5, 3], [420_000, 9, 9, 9, 9]], 120_000, 0, 600_000);
  assert.equal(grid.startMs, 0);
  assert.deepEqual(grid.bars[1], { time: 120_000, open: 1, high: 5, low: 0.5, close: 3 });
  assert.equal(grid.bars[2], null);
  assert.equal(grid.bars.length, 5);
});

test("a path of marks opens where it closed", () => {
  assert.deepEqual(joinPath([[0, 5, 5, 5, 5], [1, 7, 7, 7, 7]]), [[0, 5, 5, 5, 5], [1, 5, 7, 5, 7]]);
});

test("bars are some pixels wide and never finer than their source", () => {
  const day = 86_400_000;
  assert.equal(chooseInterval(7 * day, 1000, 60_000), 120 * 60_000);
  assert.equal(chooseInterval(3_600_000, 1000, 3_600_000), 3_600_000);
  assert.ok(keepsInterval(120 * 60_000, 7 * day, 1000));
  assert.ok(!keepsInterval(60_000, 7 * day, 1000));
});

test("a range ends at the last frame and never starts before the first", () => {
  assert.deepEqual(spanOf("1h", 0, 7_200_000), [3_600_000, 7_200_000]);
  assert.deepEqual(spanOf("7d", 1_000, 7_200_000), [1_000, 7_200_000]);
  assert.deepEqual(spanOf("all", 5, 9), [5, 9]);
});

test("a link carries coin, range and sides, and survives what it does not know", () => {
  const view = { coin: "kPEPE", range: "1d", mode: "split", levels: "solo" } as const;
  assert.deepEqual(parseHash(formatHash(view)), view);
  assert.deepEqual(parseHash("#BTC&range=9y&side=up&x"), { coin: "BTC", range: "7d", mode: "both", levels: "solo" });
  assert.equal(parseHash("").coin, null);
  assert.equal(parseHash("#%E0%A4%A").coin, null);
});

const area: VisibleArea = { startMs: 2_000_000, endMs: 3_000_000, lowPrice: 90, highPrice: 110, width: 500, height: 300 };
const last = 10_000_000;

test("a window is asked for with a margin, inside what is stored", () => {
  const plan = planFetch(area, 1_900_000, last);
  assert.equal(plan.startMs, 1_900_000);
  assert.equal(plan.endMs, 3_500_000);
  assert.ok(plan.lowPrice < 90 && plan.highPrice > 110);
  assert.ok(plan.width <= 2000 && plan.height <= 1400);
});

test("a window serves small moves, and neither far ones nor a deep zoom", () => {
  const plan = planFetch(area, 0, last);
  const level = 2;
  const step = Math.log1p(0.0005) * 2 ** level;
  const firstBand = Math.floor(Math.log(plan.lowPrice) / step);
  const rows = Math.ceil(Math.log(plan.highPrice) / step) - firstBand;
  const columns = Math.ceil((plan.endMs - plan.startMs) / 60_000);
  const window = madeUpWindow({ rows, columns, density: 0, holes: [], startMs: plan.startMs, stepMs: 60_000, firstBand, level });
  const moved = (change: Partial<VisibleArea>) => serves(window, plan, { ...area, ...change }, 0, last);
  assert.ok(moved({}));
  assert.ok(moved({ startMs: area.startMs + 300_000, endMs: area.endMs + 300_000 }));
  assert.ok(!moved({ startMs: area.startMs + 900_000, endMs: area.endMs + 900_000 }));
  assert.ok(!moved({ highPrice: 140 }));
  assert.ok(!moved({ startMs: 2_400_000, endMs: 2_600_000 }));
});

test("a coin that starts with the text comes before one that holds it", () => {
  const coins = ["BTC", "ETHFI", "ETH", "METH"].map((coin) => ({ coin })) as never;
  assert.deepEqual(matchCoins(coins, "eth").map((row) => row.coin), ["ETH", "ETHFI", "METH"]);
  assert.equal(matchCoins(coins, "").length, 4);
  assert.deepEqual(matchCoins(coins, "zzz"), []);
});

test("the axis of the profile ends at a round figure", () => {
  assert.deepEqual([0, 1, 1.2, 3, 7, 23_000].map(roundUp), [1, 1, 2, 5, 10, 50_000]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import type { BandRows, CandleRow, ViewMessage } from "../src/api/schema";
import { decode, follows, pauseBefore, questionOf } from "../src/api/stream";
import { barLength, roundUp } from "../src/chart/profile";
import { madeUpWindow } from "../src/harness/made_up";
import { CurrentBands } from "../src/model/bands";
import { chooseInterval, gridOf, joinPath, keepsInterval, pricesIn } from "../src/model/candles";
import { keptArea, planFetch, type Stored, serviceOf, type VisibleArea, willServe } from "../src/model/fetch_plan";
import { FIRST_LEVEL, planLook } from "../src/model/look_plan";
import { matchCoins } from "../src/model/match_coins";
import { spanOf } from "../src/model/time_range";
import { DEFAULT_VIEW, formatHash, type LinkedView, parseHash } from "../src/model/view_hash";

const columns = (rows: [band: number, side: 1 | -1, size: number][]): BandRows => ({
  band: rows.map((row) => row[0]),
  side: rows.map((row) => row[1]),
  size: rows.map((row) => row[2]),
  position_count: rows.map(() => 1),
});
const held = () =>
  CurrentBands.of(
    10,
    0,
    columns([
      [8, 1, 2],
      [9, 1, 3],
      [20, -1, 5],
    ]),
  );

test("bands of one level add up to the row of a coarser one", () => {
  assert.deepEqual(held().profile(1), {
    level: 1,
    rows: [
      { band: 4, long: 50, short: 0 },
      { band: 10, long: 0, short: 50 },
    ],
  });
});

test("rows coarser than what is asked for stay what they are", () => {
  const bands = CurrentBands.of(10, 3, columns([[1, 1, 2]]));
  assert.deepEqual(bands.profile(1), { level: 3, rows: [{ band: 1, long: 20, short: 0 }] });
  assert.deepEqual(bands.profile(4), { level: 4, rows: [{ band: 0, long: 20, short: 0 }] });
});

test("rows of several qualities add up", () => {
  const bands = CurrentBands.of(
    10,
    0,
    columns([
      [8, 1, 2],
      [8, 1, 3],
    ]),
    ["state", "tracked"],
  );
  assert.deepEqual(bands.profile(0).rows, [{ band: 8, long: 50, short: 0 }]);
});

test("a change replaces, size 0 removes, and the rest moves on with the mark", () => {
  const bands = held().changed(
    20,
    columns([
      [8, 1, 0],
      [20, -1, 6],
    ]),
  );
  assert.deepEqual(bands.profile(0).rows, [
    { band: 9, long: 60, short: 0 },
    { band: 20, long: 0, short: 120 },
  ]);
  assert.equal(bands.count, 2);
});

test("without a mark there is no profile, not one of zeros", () => {
  const bands = held().changed(null, columns([]));
  assert.deepEqual(bands.profile(0).rows, []);
});

test("changes follow only the message they name, of the same view; a whole view always does", () => {
  const frame = { coin: "A", level: 2, first_band: 0, end_band: 64, side: null };
  const whole = (sequence: number, view = {}) =>
    ({ type: "view", sequence, frame: { ...frame, ...view } }) as ViewMessage;
  const changes = (since: number, view = {}) =>
    ({ type: "changes", sequence: since + 3, since, frame: { ...frame, ...view } }) as ViewMessage;
  assert.ok(follows(null, whole(9)));
  assert.ok(follows(whole(9), changes(9)));
  assert.ok(follows(changes(6), changes(9)));
  assert.ok(!follows(whole(9), changes(10)));
  assert.ok(!follows(null, changes(1)));
  for (const other of [{ coin: "B" }, { level: 1 }, { first_band: null }, { end_band: 128 }, { side: 1 }]) {
    assert.ok(!follows(whole(9), changes(9, other)));
  }
});

const look = { coin: "A", level: 2, lowPrice: 80, highPrice: 125, side: null, everyMs: 2_000 } as const;
const shown = { level: 2, lowPrice: 90, highPrice: 110 };

test("before anything is drawn the whole coin is looked at coarsely", () => {
  assert.deepEqual(planLook(null, "A", 1, 2_000, null), {
    coin: "A",
    level: FIRST_LEVEL,
    lowPrice: null,
    highPrice: null,
    side: 1,
    everyMs: 2_000,
  });
  assert.equal(planLook(look, "B", null, 2_000, null).lowPrice, null);
  assert.deepEqual(planLook(look, "A", null, 2_000, null), look);
});

test("a look stays while it holds what is on screen, and is made anew with a margin", () => {
  assert.deepEqual(planLook(look, "A", null, 2_000, shown), look);
  assert.deepEqual(planLook(look, "A", -1, 9_000, shown), { ...look, side: -1, everyMs: 9_000 });
  for (const other of [
    { ...shown, level: 1 },
    { ...shown, lowPrice: 79 },
    { ...shown, highPrice: 126 },
    { ...shown, lowPrice: 99, highPrice: 101 },
  ]) {
    const next = planLook(look, "A", null, 2_000, other);
    assert.notDeepEqual(next, look);
    assert.equal(next.level, other.level);
    assert.ok((next.lowPrice ?? 0) < other.lowPrice && (next.highPrice ?? 0) > other.highPrice);
    assert.deepEqual(planLook(next, "A", null, 2_000, other), next);
  }
  assert.equal(planLook(look, "B", null, 2_000, shown).coin, "B");
});

test("what has no bound is not asked about", () => {
  assert.deepEqual(questionOf(look), { coin: "A", level: 2, price_low: 80, price_high: 125, every_ms: 2_000 });
  assert.deepEqual(questionOf({ ...look, lowPrice: null, highPrice: null, side: -1 }), {
    coin: "A",
    level: 2,
    side: -1,
    every_ms: 2_000,
  });
});

test("binary messages are compressed JSON, texts plain", async () => {
  const message = { type: "error", detail: "ü".repeat(9_000) } as const;
  const packed = deflateSync(JSON.stringify(message));
  const bytes = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength) as ArrayBuffer;
  assert.deepEqual(await decode(bytes), message);
  assert.deepEqual(await decode(JSON.stringify(message)), message);
  await assert.rejects(decode(bytes.slice(0, 20)));
});

test("pauses before reconnecting grow to a limit", () => {
  assert.deepEqual([0, 1, 2, 10].map(pauseBefore), [500, 1000, 2000, 15_000]);
});

test("bars stand on a grid without gaps, whatever is missing", () => {
  const grid = gridOf(
    [
      [120_000, 1, 5, 1, 2],
      [180_000, 2, 3, 0.5, 3],
      [420_000, 9, 9, 9, 9],
    ],
    120_000,
    0,
    600_000,
  );
  assert.equal(grid.startMs, 0);
  assert.deepEqual(grid.bars[1], { time: 120_000, open: 1, high: 5, low: 0.5, close: 3 });
  assert.equal(grid.bars[2], null);
  assert.equal(grid.bars.length, 5);
});

test("a path of marks opens where it closed", () => {
  assert.deepEqual(
    joinPath([
      [0, 5, 5, 5, 5],
      [1, 7, 7, 7, 7],
    ]),
    [
      [0, 5, 5, 5, 5],
      [1, 5, 7, 5, 7],
    ],
  );
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

test("a link carries all of the view, and survives what it does not know", () => {
  const view: LinkedView = {
    coin: "xyz:TSLA",
    range: "1d",
    mode: "short",
    levels: "joint",
    held: "4h",
    span: { startMs: 1_700_000_000_000, endMs: 1_700_000_600_000 },
    prices: { low: 0.000123456, high: 0.000234567 },
    at: 1_700_000_300_000,
    palette: "sides",
    least: 125_000,
    layers: ["events", "book"],
    cluster: "BTC-long-1770000000000-12345",
    account: `0x${"ab".repeat(20)}`,
    trade: { isLong: false, entry: 0.00021, stop: 0.000222 },
    zone: "local",
    beside: ["ETH", "kPEPE"],
    isEmbedded: true,
  };
  assert.deepEqual(parseHash(formatHash(view)), view);
  assert.equal(formatHash({ ...DEFAULT_VIEW, coin: "BTC" }), "#BTC");
  assert.deepEqual(parseHash("#BTC&range=9y&side=up&x&from=9&to=3&low=-1&high=2&account=0x12&layers=all&zone=moon"), {
    ...DEFAULT_VIEW,
    coin: "BTC",
    layers: [],
  });
  for (const hash of ["#BTC&trade=up&entry=1&stop=2", "#BTC&trade=long&entry=1", "#BTC&trade=long&entry=1&stop=-2"]) {
    assert.equal(parseHash(hash).trade, null, hash);
  }
  assert.deepEqual(parseHash("#BTC&side=split"), { ...DEFAULT_VIEW, coin: "BTC", palette: "sides" });
  assert.equal(parseHash("").coin, null);
  assert.equal(parseHash("#%E0%A4%A").coin, null);
});

const area: VisibleArea = {
  startMs: 2_000_000,
  endMs: 3_000_000,
  lowPrice: 90,
  highPrice: 110,
  width: 500,
  height: 300,
};
const stored: Stored = { firstMs: 0, lastMs: 10_000_000, levels: "solo" };

test("a window is asked for with a margin, inside what is stored", () => {
  const plan = planFetch(area, { ...stored, firstMs: 1_900_000 });
  assert.equal(plan.startMs, 1_900_000);
  assert.equal(plan.endMs, 4_000_000);
  assert.ok(plan.lowPrice < 90 && plan.highPrice > 110);
  assert.ok(plan.width <= 2400 && plan.height <= 1400);
});

test("a window serves a screen of panning, asks ahead in half of it, and serves neither far moves nor a deep zoom", () => {
  const plan = planFetch(area, stored);
  const level = 2;
  const step = Math.log1p(0.0005) * 2 ** level;
  const firstBand = Math.floor(Math.log(plan.lowPrice) / step);
  const rows = Math.ceil(Math.log(plan.highPrice) / step) - firstBand;
  const columns = Math.ceil((plan.endMs - plan.startMs) / 60_000);
  const window = madeUpWindow({
    rows,
    columns,
    density: 0,
    holes: [],
    startMs: plan.startMs,
    stepMs: 60_000,
    firstBand,
    level,
  });
  const moved = (change: Partial<VisibleArea>, other: Partial<Stored> = {}) =>
    serviceOf(window, plan, { ...area, ...change }, { ...stored, ...other });
  const later = (ms: number) => moved({ startMs: area.startMs + ms, endMs: area.endMs + ms });
  assert.equal(moved({}), "whole");
  assert.equal(later(400_000), "whole");
  assert.equal(later(900_000), "soon");
  assert.equal(later(1_200_000), "none");
  assert.equal(moved({}, { levels: "joint" }), "none");
  assert.equal(moved({ highPrice: 140 }), "none");
  assert.equal(moved({ height: area.height - 20 }), "soon", "rows follow the height of the pane");
  assert.equal(moved({ startMs: 2_400_000, endMs: 2_600_000 }), "none");
});

test("a question on its way is waited for where its answer will serve, and not where another is needed", () => {
  const onItsWay = planFetch(area, stored);
  assert.ok(willServe(onItsWay, area, stored));
  assert.ok(willServe(onItsWay, { ...area, lowPrice: 88, highPrice: 112 }, stored), "a little wider than was planned");
  assert.ok(!willServe(onItsWay, { ...area, lowPrice: 60 }, stored), "prices that are not in it");
  assert.ok(!willServe(onItsWay, { ...area, startMs: 2_480_000, endMs: 2_520_000 }, stored), "too coarse");
  assert.ok(!willServe(onItsWay, area, { ...stored, levels: "joint" }));
});

test("rows finer than a band are as fine as a band", () => {
  const narrow = { ...area, lowPrice: 99.9, highPrice: 100.1 };
  const wider = planFetch({ ...area, lowPrice: 99, highPrice: 101 }, stored);
  assert.ok(willServe(wider, narrow, stored));
});

test("the prices of a span are those of the candles that begin in it", () => {
  const rows = [
    [0, 10, 12, 9, 11],
    [60, 11, 15, 11, 14],
    [120, 14, 99, 1, 50],
  ].map((row) => row as unknown as CandleRow);
  assert.deepEqual(pricesIn(rows, 0, 100), { low: 9, high: 15 });
  assert.equal(pricesIn(rows, 200, 300), null);
});

test("a coin that starts with the text comes before one that holds it", () => {
  const coins = ["BTC", "ETHFI", "ETH", "METH"].map((coin) => ({ coin })) as never;
  assert.deepEqual(
    matchCoins(coins, "eth").map((row) => row.coin),
    ["ETH", "ETHFI", "METH"],
  );
  assert.equal(matchCoins(coins, "").length, 4);
  assert.deepEqual(matchCoins(coins, "zzz"), []);
});

test("the axis of the profile ends at a round figure", () => {
  assert.deepEqual([0, 1, 1.2, 3, 7, 23_000].map(roundUp), [1, 1, 1.5, 3, 8, 30_000]);
});

test("one million beside sixty is an eighth of the profile, and nothing is nothing", () => {
  assert.ok(barLength(1e6, 60e6) > 0.12 && barLength(1e6, 60e6) < 0.13);
  assert.deepEqual(
    [0, 60e6, 90e6].map((value) => barLength(value, 60e6)),
    [0, 1, 1],
  );
});

test("what is on screen stays the same object while it is the same: what hangs on it is not drawn again", () => {
  const area = { startMs: 0, endMs: 10, lowPrice: 1, highPrice: 2, width: 100, height: 50 };
  assert.equal(keptArea(area, { ...area }), area);
  for (const name of Object.keys(area) as (keyof typeof area)[]) {
    const other = { ...area, [name]: 3 };
    assert.equal(keptArea(area, other), other, name);
  }
  assert.equal(keptArea(area, null), null);
  assert.equal(keptArea(null, area), area);
});

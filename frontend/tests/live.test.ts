import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../src/api/schema";
import type { SourcesAnswer } from "../src/api/sources";
import { formatBytes } from "../src/format/bytes";
import { formatDelay } from "../src/format/time";
import { damageText } from "../src/model/damage";
import { freshness, nearText, preparingText, type StandingView, spokenText } from "../src/model/freshness";
import { ALL_LIQUIDATIONS, isFiltered, questionOf } from "../src/model/liquidation_filter";
import { countText, missBy } from "../src/model/liquidation_text";
import { doubtText, lagText } from "../src/model/source_rows";
import { youngText } from "../src/model/young";

const NOW = 1_770_000_000_000;
const status = {
  is_live: true,
  feed_state: "live",
  as_of_ms: NOW - 1_000,
  hold_ms: 180_000,
  provenance: { is_simulated: false },
} as Status;
const view = (change: Partial<StandingView>): StandingView => ({
  status,
  coin: "BTC",
  coinCoverage: null,
  coinDoubt: [],
  stream: "live",
  sources: null,
  heardMs: NOW - 1_000,
  nowMs: NOW,
  ...change,
});
const sources = { state: "live", age_ms: 42_000 } as SourcesAnswer;
const standing = (feed_state: Status["feed_state"], is_time_held = false): Status => ({
  ...status,
  is_live: feed_state === "live",
  feed_state,
  is_time_held,
});

test("the status tells how the map stands, before older answers about its sources; a lost page connection comes before both", () => {
  assert.deepEqual(freshness(view({ sources })), { text: "LIVE", state: "live" });
  assert.deepEqual(freshness(view({ sources, status: standing("stale") })), {
    text: "STALE, data 42 s old",
    state: "stale",
  });
  assert.deepEqual(freshness(view({ sources, status: standing("reconnecting") })), {
    text: "RECONNECTING, data 42 s old",
    state: "stale",
  });
  assert.equal(freshness(view({ status: standing("reconnecting") })).text, "RECONNECTING");
  assert.deepEqual(freshness(view({ sources, status: standing("stored") })), {
    text: "STORED, not live, data 42 s old",
    state: "stale",
  });
  assert.equal(
    freshness(view({ sources, status: standing("stale", true) })).text,
    "STALE, the exchange tells no time, data 42 s old",
  );
  assert.equal(freshness(view({ sources, stream: "lost" })).state, "stale");
});

test("a server that is silent is stale though its last word was live", () => {
  const silent = view({ sources, heardMs: NOW - 600_000 });
  assert.deepEqual(freshness(silent), { text: "STALE, server silent, data 10 min old", state: "stale" });
  assert.equal(freshness(view({ status: standing("none"), heardMs: NOW - 600_000 })).text, "recorded, not live");
});

test("the clock of the page does not judge: a frame of another hour is live where the server says so", () => {
  const other = { ...status, as_of_ms: NOW + 3_600_000 } as Status;
  assert.equal(freshness(view({ status: other })).text, "LIVE");
});

test("a live map that is not stored says since when", () => {
  const row = { part: "history", not_stored_since_ms: NOW - 60_000, reason: "disk full", waiting: 2, lost: 0 };
  const disk = {
    parts: [],
    free_bytes: 0,
    history: null,
    troubles: [row, { ...row, part: "raw_log", not_stored_since_ms: null }],
  };
  const said = freshness(view({ sources: { ...sources, disk } }));
  assert.equal(said.state, "stale");
  assert.match(said.text, /^LIVE, not stored since /);
  assert.equal(freshness(view({ sources: { ...sources, disk: { ...disk, troubles: [] } } })).text, "LIVE");
});

test("a coin in doubt is never called live, whatever the map is; of the others the map says so beside", () => {
  const doubted = { ...status, in_doubt_count: 1, in_doubt: ["BTC"] };
  const said = freshness(view({ status: doubted, coinDoubt: ["mark is too far off its oracle"] }));
  assert.deepEqual(said, { text: "⚠ BTC IN DOUBT, not live: mark is too far off its oracle", state: "stale" });
  assert.equal(freshness(view({ status: doubted, coin: "ETH" })).text, "LIVE, but BTC in doubt");
  assert.equal(
    freshness(view({ status: { ...doubted, in_doubt_count: 30 }, coin: "ETH" })).text,
    "LIVE, but 30 coins in doubt",
  );
});

test("what is kept and what is told instead stand side by side", () => {
  const row = {
    coin: "BTC",
    reasons: ["mark leaps further than prices move"],
    mark: 90_000,
    reported: 1,
    age_ms: 4_000,
  };
  assert.match(
    doubtText(row),
    /^mark leaps further than prices move: mark 90,?000(\.0+)? of 4 s ago is kept, told is 1/,
  );
  assert.match(doubtText({ ...row, mark: null, reported: null }), /its mark is not known$/);
});

test("a recording is never live, whatever the feed says", () => {
  assert.equal(freshness(view({ status: standing("none"), sources })).text, "recorded, not live");
});

test("an estimate is shown with its interval, an unknown one as unknown", () => {
  assert.equal(nearText({ within_percent: 5, share: 0.62, low: 0.55, high: 0.7 }), "62 % (55–70 %)");
  assert.equal(nearText({ within_percent: 5, share: 0.62, low: null, high: null }), "62 %");
  assert.equal(nearText({ within_percent: 5, share: null, low: 0, high: 1 }), "unknown");
  assert.equal(nearText(undefined), "unknown");
});

test("a liquidation is measured against the level shown before", () => {
  assert.equal(missBy({ price: 101, predicted_liquidation_price: 100 })?.toFixed(6), "1.000000");
  assert.equal(missBy({ price: 101, predicted_liquidation_price: null }), null);
});

test("delays and bytes have three digits and one unit", () => {
  assert.deepEqual([4.23, 85.4, 999, 1_400, 42_000, null].map(formatDelay), [
    "4.2 ms",
    "85 ms",
    "999 ms",
    "1.4 s",
    "42 s",
    "unknown",
  ]);
  assert.deepEqual([0, 999, 999_600, 3_420_000_000, null].map(formatBytes), [
    "0 B",
    "999 B",
    "1.00 MB",
    "3.42 GB",
    "unknown",
  ]);
});

test("events and wallets are counted each with its word", () => {
  assert.equal(countText({ count: 1, address_count: 1, refuted_count: 0 }), "1 liquidation of 1 wallet");
  assert.equal(
    countText({ count: 1_056, address_count: 52, refuted_count: 3 }),
    "1,056 liquidations of 52 wallets, 3 more ruled out",
  );
});

test("a filter asks for no more than was chosen, and coins alone are no filter", () => {
  assert.deepEqual(
    Object.entries(questionOf(ALL_LIQUIDATIONS, "BTC")).filter(([, value]) => value !== undefined),
    [["coin", "BTC"]],
  );
  const narrow = { coins: "all", side: "-1", evidence: "confirmed", least: "10000" } as const;
  assert.deepEqual(questionOf(narrow, "BTC"), {
    coin: undefined,
    side: "-1",
    evidence: "confirmed",
    min_notional: "10000",
  });
  assert.deepEqual([isFiltered({ ...ALL_LIQUIDATIONS, coins: "all" }), isFiltered(narrow)], [false, true]);
});

test("a map of the last minutes says that it grows, an older one and a recording say nothing", () => {
  const young = { ...status, first_ms: NOW - 60_000, last_ms: NOW } as Status;
  assert.match(
    youngText(young, "BTC", 0.43) ?? "",
    /one column a minute.*43 % of the open interest of BTC; this grows/,
  );
  assert.equal(youngText({ ...young, first_ms: NOW - 600_000 }, "BTC", 0.43), null);
  assert.equal(youngText({ ...young, ...standing("none"), first_ms: NOW - 60_000, last_ms: NOW }, "BTC", 0.43), null);
  assert.notEqual(youngText({ ...young, is_live: false, feed_state: "reconnecting" }, "BTC", 0.43), null);
  assert.equal(youngText(null, "BTC", null), null);
});

test("a lag below zero is told as a clock that is wrong", () => {
  assert.deepEqual([null, -20, 2_010, -1_572_063].map(lagText), [
    "",
    "lag 0.0 ms",
    "lag 2.0 s",
    "clock 26 min behind the exchange",
  ]);
});

test("a damaged file is one sentence: name, times, cause, where it is kept, loss and remedy", () => {
  const row = {
    file: "head/1.head",
    kept_as: "head/1.head.damaged-1",
    first_ms: NOW,
    last_ms: NOW,
    cause: "cut",
    loss: "a hole",
    remedy: "remove it",
  };
  assert.match(damageText(row), /^head\/1\.head, .* to .*: cut, kept as head\/1\.head\.damaged-1; a hole; remove it$/);
  assert.equal(damageText({ ...row, kept_as: null, first_ms: null }), "head/1.head: cut; a hole; remove it");
});

test("a sample says what is waited for and how much is there, and that it is not live", () => {
  const preparing = { text: "compiling kernels", done: 50, total: 200, is_sample: true, age_ms: null };
  const text = freshness(view({ status: { ...standing("none"), is_live: false, preparing } })).text;
  assert.equal(text, "SAMPLE, not live; the live market follows by itself: compiling kernels: 25 %");
  assert.equal(spokenText(text), text.replace(": 25 %", ""));
  assert.ok(!preparingText({ ...preparing, done: 0, total: 0 }).includes("%"));
});

test("what is stored says what the map waits for and how old it is", () => {
  const preparing = { text: "compiling kernels", done: 50, total: 200, is_sample: false, age_ms: 7_200_000 };
  const text = freshness(view({ status: { ...standing("stored"), is_live: false, preparing } })).text;
  assert.equal(text, "STORED, not live; compiling kernels: 25 %, data 2.0 h old");
  assert.equal(spokenText(text), "STORED, not live; compiling kernels");
  assert.equal(preparingText({ ...preparing, total: 0, age_ms: null }), "STORED, not live; compiling kernels");
});

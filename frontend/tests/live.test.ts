import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../src/api/schema";
import type { SourcesAnswer } from "../src/api/sources";
import { formatBytes } from "../src/format/bytes";
import { formatDelay } from "../src/format/time";
import { missBy } from "../src/ui/liquidations";
import { freshness, nearText, type StandingView } from "../src/ui/standing";

const NOW = 1_770_000_000_000;
const status = { is_live: true, as_of_ms: NOW - 1_000, hold_ms: 180_000, provenance: { is_simulated: false } } as Status;
const view = (change: Partial<StandingView>): StandingView => ({
  status,
  coin: "BTC",
  coinCoverage: null,
  stream: "live",
  sources: null,
  nowMs: NOW,
  ...change,
});
const feed = (state: SourcesAnswer["state"]): SourcesAnswer => ({ state, age_ms: 42_000 }) as SourcesAnswer;

test("the feed's own word comes before that of the stream, a lost page connection before both", () => {
  assert.deepEqual(freshness(view({ sources: feed("live") })), { text: "LIVE", state: "live" });
  assert.deepEqual(freshness(view({ sources: feed("stale") })), { text: "STALE, data 42 s old", state: "stale" });
  assert.deepEqual(freshness(view({ sources: feed("reconnecting") })), { text: "RECONNECTING, data 42 s old", state: "stale" });
  assert.equal(freshness(view({ sources: feed("live"), stream: "lost" })).state, "stale");
});

test("frames that stop are stale even where the feed says it is live", () => {
  const old = { ...status, as_of_ms: NOW - 600_000 } as Status;
  assert.deepEqual(freshness(view({ status: old, sources: feed("live") })), { text: "STALE, 10 min old", state: "stale" });
});

test("a recording is never live, whatever the feed says", () => {
  const stored = { ...status, is_live: false } as Status;
  assert.equal(freshness(view({ status: stored, sources: feed("none") })).text, "recorded, not live");
});

test("an estimate is shown with its interval, an unknown one as unknown", () => {
  assert.equal(nearText({ within_percent: 5, share: 0.62, low: 0.55, high: 0.7 }), "62 % (55–70 %)");
  assert.equal(nearText({ within_percent: 5, share: 0.62, low: null, high: null }), "62 %");
  assert.equal(nearText({ within_percent: 5, share: null, low: 0, high: 1 }), "unknown");
  assert.equal(nearText(undefined), "unknown");
});

test("a liquidation is measured against the level shown before", () => {
  assert.equal(missBy({ price: 101, predicted_price: 100 })?.toFixed(6), "1.000000");
  assert.equal(missBy({ price: 101, predicted_price: null }), null);
});

test("delays and bytes have three digits and one unit", () => {
  assert.deepEqual([4.23, 85.4, 999, 1_400, 42_000, null].map(formatDelay), ["4.2 ms", "85 ms", "999 ms", "1.4 s", "42 s", "unknown"]);
  assert.deepEqual([0, 999, 999_600, 3_420_000_000, null].map(formatBytes), ["0 B", "999 B", "1.00 MB", "3.42 GB", "unknown"]);
});

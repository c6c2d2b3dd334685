import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../src/api/schema";
import type { ReplicaAnswer, SourcesAnswer } from "../src/api/sources";
import { freshness, type StandingView, spokenText } from "../src/model/freshness";
import { isReplica, lagOf } from "../src/model/replica";
import { replicaRows } from "../src/model/replica_rows";

const NOW = 1_770_000_000_000;
const replica: ReplicaAnswer = {
  state: "silent",
  collector: "nats://host main",
  lag_ms: 42_000,
  stored_lag_ms: null,
  silent_ms: 41_000,
  transit_ms: 4.2,
  frames: 1_200,
  keyframes: 2,
  unreadable: 0,
  connections: 1,
  received_bytes: 7_500_000,
  files_to_fetch: 0,
  bytes_to_fetch: 0,
};
const sourcesOf = (change: Partial<ReplicaAnswer>) =>
  ({ state: "stale", age_ms: 42_000, replica: { ...replica, ...change } }) as unknown as SourcesAnswer;
const statusOf = (is_live: boolean, replica_lag_ms: number | null) =>
  ({ is_live, feed_state: is_live ? "live" : "stale", replica_lag_ms, is_time_held: false }) as Status;
const view = (status: Status, sources: SourcesAnswer | null): StandingView => ({
  status,
  sources,
  coin: "BTC",
  coinCoverage: null,
  coinDoubt: [],
  stream: "live",
  heardMs: NOW,
  nowMs: NOW,
});

test("a replica whose collector is silent is behind it by a time, not old: the age of its data is not known here", () => {
  const stale = freshness(view(statusOf(false, 5_000), sourcesOf({})));
  assert.deepEqual(stale, { text: "STALE, 42 s behind its collector", state: "stale" });
  assert.equal(spokenText(stale.text), "STALE, behind its collector");
});

test("a collector that was never heard is not taken for one that is near", () => {
  const never = freshness(view(statusOf(false, null), sourcesOf({ lag_ms: null })));
  assert.equal(never.text, "STALE, unknown time behind its collector");
  assert.equal(spokenText(never.text), "STALE, behind its collector");
  assert.ok(isReplica({ status: statusOf(false, null), sources: sourcesOf({ lag_ms: null }) }));
});

test("a replica that follows is live, and says so only while it is near", () => {
  assert.deepEqual(freshness(view(statusOf(true, 120), null)), { text: "LIVE", state: "live" });
  assert.deepEqual(freshness(view(statusOf(true, 60_000), null)), {
    text: "live, but 60 s behind its collector",
    state: "stale",
  });
  assert.equal(spokenText("live, but 60 s behind its collector"), "live, but behind its collector");
});

test("the newer word counts: that of the frames while they come, else that of the sources", () => {
  assert.equal(lagOf({ status: statusOf(true, 120), sources: sourcesOf({}) }), 120);
  assert.equal(lagOf({ status: statusOf(false, 120), sources: sourcesOf({}) }), 42_000);
  assert.equal(lagOf({ status: statusOf(false, 120), sources: null }), 120);
});

test("a map that asks the exchange itself is no replica and lags behind nobody", () => {
  const own = { status: statusOf(true, null), sources: { state: "live", replica: null } as unknown as SourcesAnswer };
  assert.equal(isReplica(own), false);
  assert.equal(lagOf(own), null);
});

test("rows of a replica say what is not known, and how much is still to come", () => {
  const rows = new Map(replicaRows(sourcesOf({}), { ...replica, files_to_fetch: 3, bytes_to_fetch: 2_000_000 }));
  assert.equal(rows.get("state"), "stale, the collector says nothing");
  assert.equal(rows.get("stored history is behind by"), "unknown");
  assert.equal(rows.get("collector heard"), "41 s ago");
  assert.equal(rows.get("live frames taken"), "1,200, 2 of them whole");
  assert.equal(rows.get("files still to come"), "3, 2.00 MB");
});

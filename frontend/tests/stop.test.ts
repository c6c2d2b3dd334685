import assert from "node:assert/strict";
import { test } from "node:test";
import type { NextStop, StopAnswer, StopCluster, StopSizing } from "../src/api/stop";
import { stopQuestion, type TypedTerms } from "../src/model/stop_question";
import {
  clusterText,
  hasUnknownOvershoot,
  isPoor,
  liquidationRows,
  nextGroups,
  nextStopText,
  sizingRows,
  verdictSentence,
} from "../src/model/stop_text";

const trade = { isLong: true, entry: 60_000, stop: 58_200 };
const terms: TypedTerms = {
  amount: "100",
  isSized: false,
  margin: "",
  leverage: "",
  isIsolated: false,
  account: "",
  feeBps: "",
};

test("a trade is asked with what was typed, and what was left empty is not asked", () => {
  assert.deepEqual(stopQuestion(trade, terms, null), { side: "long", entry: 60_000, stop: 58_200, risk: 100 });
  const typed = {
    ...terms,
    amount: "1,200.5",
    isSized: true,
    leverage: "10",
    isIsolated: true,
    account: " 0xab ",
    feeBps: "2",
  };
  assert.deepEqual(stopQuestion({ ...trade, isLong: false }, typed, 7), {
    side: "short",
    entry: 60_000,
    stop: 58_200,
    size: 1200.5,
    leverage: 10,
    fee: 2,
    isolated: "true",
    account: "0xab",
    at: 7,
  });
});

test("what is no number is said, and nothing is asked", () => {
  assert.equal(stopQuestion(trade, { ...terms, margin: "much" }, null), "margin: “much” is no number.");
});

const unknown = { source: "unknown", q50_bp: null, q90_bp: null, n: 3 };
const cluster = {
  place: "between",
  cluster_id: "BTC/1",
  price_low: 58_250,
  price_high: 58_500,
  price_peak: 58_400,
  notional: 1_234_000,
  weighted_age_ms: null,
  far_edge: 58_250,
  distance_bp: 8.6,
  overshoot: { source: "measured", q50_bp: 11, q90_bp: 31, n: 34 },
  window_bp: 31,
  window_rule: "90 % overshoot",
} as unknown as StopCluster;

test("the verdict is one sentence, and poor ones are told apart", () => {
  assert.equal(
    verdictSentence({ stop: 58_200, verdict: "just beyond one" }),
    "Stop at 58,200.0: just beyond a cluster.",
  );
  assert.equal(verdictSentence({ stop: 58_200, verdict: "clear of clusters" }), "Stop at 58,200.0: clear of clusters.");
  assert.deepEqual(["inside a cluster", "clear of clusters", null].map(isPoor), [true, false, false]);
});

test("a cluster says how far the stop is past it and up to where that is just beyond; unknown is said", () => {
  const said = clusterText(cluster, true);
  assert.equal(said.name, "$1.23M of longs, 58,250.0 – 58,500.0");
  const reach = "just beyond up to 0.31 % (90 % overshoot, measured, 34 sweeps)";
  assert.equal(said.facts, `between; stop 0.09 % past its far edge; ${reach}`);
  const other = {
    ...cluster,
    place: "beyond the stop",
    distance_bp: -20,
    overshoot: unknown,
  } as unknown as StopCluster;
  assert.equal(
    clusterText({ ...other, window_bp: 25, window_rule: "0.5 sigma_1h" }, true).facts,
    "beyond the stop; just beyond up to 0.25 % (0.5 sigma_1h)",
  );
  assert.equal(
    clusterText({ ...other, window_bp: null, window_rule: null }, true).facts,
    "beyond the stop; how far is just beyond is unknown",
  );
});

const sizing: StopSizing = {
  stop: 58_200,
  risk_usd: 100,
  size: 0.05,
  lot: 0.00001,
  notional: 3_000,
  distance: 1_800,
  entry_fee: 27,
  stop_fee: 26.19,
  slippage: null,
  slippage_source: "unknown",
  loss_per_coin: 1_853.19,
  loss_usd: 92.6595,
};

test("all terms of the size are there, and a slippage that is not known is no zero", () => {
  const rows = new Map(
    sizingRows(sizing, { entry: 60_000, fee_bp: 4.5, fee_source: "assumed" }).map(([name, value]) => [name, value]),
  );
  assert.equal(rows.get("slippage at the stop, unknown"), "unknown, left out");
  assert.equal(rows.get("entry to stop"), "$1,800 a coin");
  assert.equal(rows.get("fee of the entry, 4.5 bp assumed"), "$27 a coin");
  assert.equal(rows.get("size"), "0.05 coins, $3.000k");
});

test("an own liquidation price that is not known is unknown, with what it stands on where it is", () => {
  const none = {
    pool: null,
    backed_by: null,
    margin_usd: null,
    leverage: null,
    solo: null,
    joint: null,
    is_before_stop: null,
    note: null,
  };
  assert.deepEqual(
    liquidationRows(none).map((row) => row[1]),
    ["unknown", "unknown"],
  );
  const known = {
    ...none,
    pool: "isolated" as const,
    backed_by: "leverage" as const,
    leverage: 10,
    margin_usd: 300,
    solo: 54_500,
  };
  assert.deepEqual(
    liquidationRows(known).map((row) => row[1]),
    ["54,500.0", "unknown", "isolated, leverage, $300.0, 10×"],
  );
});

test("next stops stand under their cluster and where its overshoot is from; unknown ones have no price", () => {
  const next = {
    cluster_id: null,
    price_low: 58_250,
    price_high: 58_500,
    quantile: 0.9,
    overshoot_bp: 31,
    source: "measured",
    n: 34,
    stop: 58_069,
    verdict: "clear of clusters",
    reasons: [],
    sizing,
    liquidation: null,
  } as unknown as NextStop;
  assert.equal(nextStopText(next), "by nine of ten overshoots, 0.31 %; clear of clusters; size 0.05, $3.00k");
  const none = { ...next, price_low: 57_000, stop: null, source: "unknown", overshoot_bp: null } as NextStop;
  const groups = nextGroups([{ ...next, quantile: 0.5 }, next, none], true);
  assert.deepEqual(
    groups.map(({ name, stops }) => [name, stops.length]),
    [
      ["Past 58,250.0: measured, 34 sweeps", 2],
      ["Past 57,000.0: unknown, no overshoot of such clusters is known", 0],
    ],
  );
  assert.equal(nextGroups([{ ...next, source: "simulated" } as NextStop], false)[0]?.name, "Past 58,500.0: SIMULATED");
});

const promises = /\b(will|target|magnet|attract)/i;
test("no word promises anything", () => {
  const said: StopAnswer["verdict"][] = [
    "inside a cluster",
    "just beyond one",
    "clear of clusters",
    "liquidated before the stop",
    "unknown",
  ];
  for (const verdict of said) assert.doesNotMatch(verdictSentence({ stop: 1, verdict }), promises);
});

test("a simulation is offered where an overshoot is neither measured nor simulated", () => {
  const of = (source: string) => ({ clusters: [{ overshoot: { source } }], next_stops: [] }) as unknown as StopAnswer;
  assert.deepEqual(
    ["measured", "simulated", "unknown"].map((source) => hasUnknownOvershoot(of(source))),
    [false, false, true],
  );
});

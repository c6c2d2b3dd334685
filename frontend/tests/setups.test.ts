import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChainLink, ChainSide } from "../src/api/odds";
import type { Crowding, SetupEvidence, SetupRecord } from "../src/api/setups";
import { chainRow, measuredText } from "../src/model/chain_text";
import { caseText, crowdingRows, gainingText, metText, setupRecordText, valueText } from "../src/model/setup_text";

test("a link of the chain says its runs, and of the first cluster nothing: the odds tell of it", () => {
  const link: ChainLink = {
    place: 1,
    cluster_id: null,
    price_low: 58_000,
    price_high: 58_400,
    notional: 1e6,
    distance_percent: -3.2,
    probability: 0.6,
    low: 0.5,
    high: 0.7,
    reached_paths: 60,
    from_paths: 100,
    usd_expected: null,
  };
  assert.deepEqual(chainRow(link), {
    name: "58,000.0 – 58,400.0, $1.00M, −3.20 %",
    simulated: "60 % (50 % to 70 %), 60 of 100",
    usd: "unknown",
  });
  const first = chainRow({ ...link, place: 0, probability: null, usd_expected: null });
  assert.deepEqual([first.simulated, first.usd], ["–", "–"]);
});

test("what was measured of the chain stands apart, and few cases are no share", () => {
  const side: ChainSide = { side: 1, links: [], measured: null, measured_count: 7, measured_reached: 2, note: null };
  assert.match(measuredText(side), /after 2 of 7 sweeps .*below 20 no share is told\.$/);
  const measured = { share: 0.25, low: 0.1, high: 0.5 };
  assert.match(
    measuredText({ ...side, measured, measured_count: 40, measured_reached: 10 }),
    /25 % \(10 % to 50 %\)\.$/,
  );
});

test("evidence is found, not found or unknown, each with its value", () => {
  const piece: SetupEvidence = { name: "funding", value: 93.21, unit: "percentile", rule: "…", is_met: true };
  assert.deepEqual(
    [true, false, null].map((is_met) => metText({ ...piece, is_met })),
    ["found", "not found", "unknown"],
  );
  assert.equal(valueText(piece), "percentile 93.2");
  assert.equal(valueText({ ...piece, value: 5, unit: "percent" }), "5 %");
  assert.equal(valueText({ ...piece, value: "running", unit: "state" }), "running");
  assert.equal(valueText({ ...piece, value: null }), "unknown");
});

test("too few cases give no share", () => {
  const none = { hits: 0, count: 0, share: null, low: null, high: null };
  const record: SetupRecord = {
    distance_class: "1-3 %",
    compared: ["swing"],
    cases: [],
    count: 12,
    min_count: 20,
    day_count: 6,
    horizon_ms: 86_400_000,
    since_ms: null,
    until_ms: null,
    reached: none,
    swept: none,
    unjudged_count: 4,
    incomparable_count: 0,
    note: null,
  };
  assert.equal(setupRecordText(record), "n = 12, not enough: 20 1-3 % from the mark are needed");
  const reached = { hits: 14, count: 34, share: 0.41, low: 0.26, high: 0.58 };
  const swept = { hits: 9, count: 34, share: 0.26, low: null, high: null };
  assert.equal(
    setupRecordText({ ...record, count: 34, day_count: 20, reached, swept }),
    "of 34 such cases 1-3 % from the mark on 20 days: reached within 24 h 41 % (26 % to 58 %), swept 26 %; 4 more could not be judged",
  );
});

test("crowding that is not known is unknown, never zero", () => {
  const crowding: Crowding = {
    nearest: null,
    gaining_side: null,
    opened_24h_share: null,
    not_known_then_share: null,
    funding_8h: null,
    funding_percentile: null,
    funding_hours: 0,
    funding_since_ms: null,
    open_interest_change_24h_percent: null,
    long_notional: null,
    short_notional: null,
    long_accounts: 0,
    short_accounts: 0,
    long_share_by_notional: null,
    long_share_by_accounts: null,
  };
  assert.deepEqual([...new Set(crowdingRows(crowding).map((row) => row[1]))], ["unknown"]);
  assert.equal(gainingText(crowding), null);
  const nearest = { side: 1, price_low: 1, price_high: 2, notional: 1e6, distance_percent: -1.5, cluster_id: null };
  const known = {
    ...crowding,
    nearest,
    gaining_side: -1,
    opened_24h_share: 0.4,
    funding_8h: 1e-4,
    funding_percentile: 95.2,
    funding_hours: 73,
  };
  assert.match(gainingText(known) ?? "", /^Shorts gain .* \$1\.00M at −1\.50 %\.$/);
  const rows = new Map(crowdingRows(known).map(([name, value]) => [name, value]));
  assert.equal(rows.get("opened in 24 h of the shorts"), "40 %");
  assert.equal(rows.get("funding, 8 h"), "+0.0100 %, percentile 95 of 73 hours");
});

test("a case says what came of it, and what was not judged is unknown", () => {
  const earlier = { time_ms: 0, cluster_id: "BTC/1", reached: true, swept: false };
  assert.match(caseText(earlier), /: reached, not swept$/);
  assert.match(caseText({ ...earlier, reached: false, swept: null }), /: not reached, swept unknown$/);
});

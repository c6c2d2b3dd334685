import assert from "node:assert/strict";
import { test } from "node:test";
import type { OddsAnswer, OddsHorizon, OddsLevel, OddsWithin } from "../src/api/odds";
import type { Cluster } from "../src/api/schema";
import { horizonText, oddsOf, oddsText, recordText } from "../src/model/odds_text";

const within = (horizon: OddsWithin["horizon"], probability: number | null) => ({
  horizon,
  distance_sigma: 1,
  probability,
  brier: probability === null ? null : 0.0312,
  skill: probability === null ? null : -0.04,
  note: probability === null ? "fewer than 24 known hours" : null,
});
const level = (part: Partial<OddsLevel>): OddsLevel =>
  ({ side: 1, cluster_id: null, price_low: 58_000, price_high: 58_400, within: [], ...part }) as OddsLevel;

test("odds are of the cluster with the same identity, else with the same prices and side", () => {
  const named = level({ cluster_id: "BTC/1" });
  const priced = level({ side: -1 });
  const answer = { levels: [named, priced] } as unknown as OddsAnswer;
  const cluster = (part: Partial<Cluster>): Cluster =>
    ({ side: 1, price_low: 1, cluster_id: null, ...part }) as Cluster;
  assert.equal(oddsOf(answer, cluster({ cluster_id: "BTC/1" })), named);
  assert.equal(oddsOf(answer, cluster({ side: -1, price_low: 58_000 })), priced);
  assert.equal(oddsOf(answer, cluster({ cluster_id: "BTC/2", price_low: 58_000 })), null);
  assert.equal(oddsOf(null, cluster({})), null);
});

test("odds without a record are not said, and skill below zero is", () => {
  assert.equal(oddsText(level({ within: [within("1h", null)] })), null);
  const said = level({ within: [within("1h", 0.041), within("4h", null), within("24h", 0.38)] });
  assert.equal(oddsText(said), "reached within 1 h 4 %, 24 h 38 %");
  assert.equal(recordText(within("24h", 0.38)), "24 h: Brier score 0.031, skill −4 %");
});

test("the record of a horizon says where it is from, how good it was and of how many windows", () => {
  const record = {
    words: "On 12 other coins.",
    windows: 812,
    days: 400,
    brier: 0.081,
    skill: null,
    is_reliable: false,
  };
  const said = horizonText({ horizon: "4h", sigma_percent: 1.234, record, note: null } as unknown as OddsHorizon) ?? "";
  assert.match(
    said,
    /^4 h: On 12 other coins\. Brier score 0\.081, skill unknown, 812 windows in 400 days; not each tenth/,
  );
  assert.match(said, /1\.23 %/);
  assert.equal(horizonText({ horizon: "4h", sigma_percent: 1, record: null, note: "no" } as OddsHorizon), null);
});

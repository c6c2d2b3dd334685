import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../src/api/schema";
import { type GuideFigures, guideSteps } from "../src/model/guide_steps";

const cluster = (side: number, peak: number, notional: number, distance: number): Cluster =>
  ({ side, price_peak: peak, notional, distance_percent: distance, weighted_age_ms: 7_200_000 }) as Cluster;
const known: GuideFigures = {
  coin: "BTC",
  mark: 80_000,
  clusters: [cluster(1, 76_000, 2e6, -5), cluster(-1, 84_000, 3e6, 5), cluster(-1, 200_000, 9e9, 150)],
  balance: [{ distance_percent: 5, long_below_notional: 2e6, short_above_notional: 3e6 } as never],
};

test("five steps say their thing with the coin's own figures, far clusters aside", () => {
  const steps = guideSteps(known);
  assert.equal(steps.length, 5);
  assert.match(steps[0]?.text ?? "", /largest band of BTC near the price: \$3\.00M at 84,000\.0, \+5\.00 % from now/);
  assert.match(steps[1]?.text ?? "", /Below the price, 80,000\.0, stand longs/);
  assert.match(steps[1]?.text ?? "", /Most below: \$2\.00M at 76,000\.0\. Most above: \$3\.00M at 84,000\.0\./);
  assert.match(
    steps[2]?.text ?? "",
    /Within 5 % of the price of BTC, \$2\.00M of longs stand below and \$3\.00M of shorts above/,
  );
  assert.match(steps[3]?.text ?? "", /The one at 84,000\.0: .*2\.0 h/);
  assert.doesNotMatch(JSON.stringify(steps), /9\.00B/);
});

test("what is not known is not said, and nothing says where price goes", () => {
  const empty = guideSteps({ coin: "NEW", mark: null, clusters: [], balance: [] });
  assert.doesNotMatch(JSON.stringify(empty), /\$|unknown|NaN|null|–/);
  for (const { title, text, at } of [...empty, ...guideSteps(known)]) {
    assert.doesNotMatch(`${title} ${text}`, /\b(will|targets?|magnets?|attracts?)\b/i);
    assert.ok(at.length > 0);
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../src/api/schema";
import { farClusters } from "../src/model/far_clusters";

const cluster = (price: number, notional: number) =>
  ({
    price_low: price * 0.999,
    price_high: price * 1.001,
    price_peak: price,
    notional,
    distance_percent: price - 100,
  }) as Cluster;

test("the largest clusters outside of the picture are told, nearest first, small ones and those in it not", () => {
  const all = [cluster(100, 9), cluster(150, 5), cluster(120, 4), cluster(300, 3), cluster(130, 2), cluster(140, 0.5)];
  const far = farClusters([...all, cluster(50, 1)], { low: 80, high: 110 });
  assert.deepEqual(
    far.above.map((each) => each.price_peak),
    [120, 150, 300],
  );
  assert.deepEqual(
    far.below.map((each) => each.price_peak),
    [50],
  );
  assert.deepEqual(farClusters([], { low: 80, high: 110 }), { above: [], below: [] });
});

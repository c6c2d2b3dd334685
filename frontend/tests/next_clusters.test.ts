import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster } from "../src/api/schema";
import { nextClusters } from "../src/model/next_clusters";

const cluster = (low: number, high: number) => ({ price_low: low, price_high: high }) as Cluster;

test("the next clusters are the nearest by their near edge, and none that the mark stands in", () => {
  const all = [cluster(130, 140), cluster(105, 180), cluster(95, 101), cluster(40, 90), cluster(60, 80)];
  const { above, below } = nextClusters(all, 100);
  assert.equal(above, all[1]);
  assert.equal(below, all[3]);
  assert.deepEqual(nextClusters([], 100), { above: null, below: null });
});

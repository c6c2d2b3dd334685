import assert from "node:assert/strict";
import { test } from "node:test";
import type { PositionRank, QueueRank } from "../src/api/deleveraging";
import { aheadText, rankText, unrankedText } from "../src/model/queue_text";

test("a place in the queue is a rank of many; a loser is in no queue; unknown is neither", () => {
  const rank: QueueRank = {
    score: "binary",
    is_default: true,
    value: 1.2,
    rank: 12,
    queue_count: 1_340,
    queue_usd: 5e6,
    usd_ahead: 1.2e6,
    share_ahead: 0.24,
  };
  assert.equal(rankText(rank, true), "12 of 1,340");
  assert.equal(rankText({ ...rank, rank: null }, false), "not in the queue");
  assert.equal(rankText({ ...rank, rank: null }, null), "unknown");
  assert.equal(aheadText(rank), "$1.20M, 24.0 % of it");
  assert.equal(aheadText({ ...rank, usd_ahead: null }), "–");
  const position = { unranked_count: 0, unranked_usd: 0 } as PositionRank;
  assert.equal(unrankedText(position), null);
  assert.equal(
    unrankedText({ ...position, unranked_count: 3, unranked_usd: 12_000 }),
    "3 positions of its side, $12.0k, cannot be ranked",
  );
});

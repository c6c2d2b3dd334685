/** Which resting orders are asked for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { planBook } from "../src/model/book_plan";

const area = (startMs: number, endMs: number, lowPrice = 100, highPrice = 121) => ({
  startMs,
  endMs,
  lowPrice,
  highPrice,
  width: 900,
  height: 300,
});

test("a pan within the margin asks the same, beyond it in time or price anew", () => {
  const first = planBook(null, "AAA", area(1_000, 2_000), null);
  assert.equal(planBook(first, "AAA", area(1_400, 2_400), null), first);
  assert.notEqual(planBook(first, "AAA", area(1_600, 2_600), null), first);
  assert.notEqual(planBook(first, "AAA", area(1_000, 2_000, 120, 145.2), null), first);
  assert.notEqual(planBook(first, "AAA", area(1_400, 1_600), null), first);
  assert.equal(planBook(first, "BBB", area(1_000, 2_000), null).coin, "BBB");
});

test("nothing after the moment that is looked at is asked for", () => {
  const past = planBook(null, "AAA", area(1_000, 2_000), 1_500);
  assert.equal(past.endMs, 1_501);
  assert.equal(planBook(past, "AAA", area(1_000, 2_000), 1_500), past);
});

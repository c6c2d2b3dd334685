import assert from "node:assert/strict";
import { test } from "node:test";
import { openingSpan, spanOf } from "../src/model/time_range";

const HOUR = 3_600_000;
const LAST = 1_000 * HOUR;

test("a range ends at the last frame and begins no earlier than what is known", () => {
  assert.deepEqual(spanOf("4h", 0, LAST), [LAST - 4 * HOUR, LAST]);
  assert.deepEqual(spanOf("7d", LAST - 9 * HOUR, LAST), [LAST - 9 * HOUR, LAST]);
  assert.deepEqual(spanOf("all", 5, LAST), [5, LAST]);
});

test("a young map is opened where it fills a quarter, a map of a minute still shows twenty", () => {
  const firstCandle = LAST - 24 * HOUR;
  assert.deepEqual(openingSpan("7d", firstCandle, LAST - 2 * HOUR, LAST), [LAST - 8 * HOUR, LAST]);
  assert.deepEqual(openingSpan("7d", firstCandle, LAST - 60_000, LAST), [LAST - HOUR / 3, LAST]);
  assert.deepEqual(openingSpan("1h", firstCandle, LAST - 2 * HOUR, LAST), [LAST - HOUR, LAST]);
});

test("an older map is opened at its range", () => {
  const first = LAST - 300 * HOUR;
  assert.deepEqual(openingSpan("7d", first - 24 * HOUR, first, LAST), spanOf("7d", first - 24 * HOUR, LAST));
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventAnswer, LifeReason } from "../src/api/schema";
import { badgeText, mostUrgent } from "../src/model/cascade";
import { eventMarks, joinedEvents } from "../src/model/event_marks";
import { ageText, heldText, persistenceText, spanTexts } from "../src/model/held";
import { impactText } from "../src/model/impact_text";
import { reasonTotals, stepSums } from "../src/model/reasons";
import { sweepText } from "../src/model/sweep_text";
import { markAt, placeMarks, radiusOf } from "../src/primitives/marks/place";

const HOUR = 3_600_000;

test("a censored age says at least, an unknown one nothing", () => {
  assert.equal(heldText({ weighted_age_ms: 3 * HOUR, is_weighted_age_at_least: true }), "held at least 3.0 h");
  assert.equal(heldText({ weighted_age_ms: 3 * HOUR, is_weighted_age_at_least: false }), "held 3.0 h");
  assert.equal(heldText({ weighted_age_ms: null }), null);
  assert.equal(ageText({ age_ms: 2 * HOUR, is_age_at_least: true }), "cluster for at least 2.0 h");
});

test("persistence is of the longest span that the record reaches", () => {
  const shares = { persistence_1h: 0.9, persistence_4h: 0.5, persistence_1d: null, persistence_3d: null };
  assert.equal(persistenceText(shares), "50 % there for 4 h");
  assert.equal(persistenceText({ ...shares, persistence_1d: 0 }), "0 % there for 1 d");
  assert.equal(persistenceText({}), null);
});

test("a band says how long each side was held, and nothing of a side that holds none", () => {
  const longs = { side: 1, weighted_age_ms: 3 * HOUR, is_weighted_age_at_least: false, persistence_1h: 0.62 };
  const shorts = { side: -1, weighted_age_ms: 3 * HOUR, is_weighted_age_at_least: true };
  assert.deepEqual(spanTexts([longs, shorts]), ["longs held 3.0 h, 62 % there for 1 h", "shorts held at least 3.0 h"]);
  assert.deepEqual(spanTexts([{ side: 1, weighted_age_ms: null }]), []);
  assert.deepEqual(spanTexts([]), []);
});

const row = (time_ms: number, reason: LifeReason["reason"], size: number): LifeReason => ({
  time_ms,
  reason,
  size,
  usd: null,
  position_count: 1,
});

test("what came and what went in one step do not hide each other", () => {
  const rows = [
    row(0, "opened", 3),
    row(0, "added", 1),
    row(0, "closed", -2),
    row(60, "flipped", 5),
    row(60, "flipped", -1),
  ];
  assert.deepEqual(stepSums(rows), [
    { timeMs: 0, up: { came: 4 }, down: { left: 2 } },
    { timeMs: 60, up: { came: 5 }, down: { left: 1 } },
  ]);
  assert.deepEqual(reasonTotals(rows)[0], ["flipped", 4]);
});

test("a mark's area is its USD, and the topmost one is meant", () => {
  assert.equal(radiusOf(25, 100) * 2, radiusOf(100, 100));
  const mark = (id: string, usd: number) => ({ id, timeMs: 10, price: 5, usd, isSell: true });
  const placed = placeMarks(
    [mark("small", 1), mark("large", 100)],
    (x) => x,
    (y) => y,
    100,
    100,
  );
  assert.deepEqual(
    placed.map((each) => each.mark.id),
    ["large", "small"],
  );
  assert.equal(markAt(placed, 10, 5)?.id, "small");
  assert.equal(markAt(placed, 22, 5)?.id, "large");
  assert.equal(markAt(placed, 60, 60), null);
  assert.deepEqual(
    placeMarks(
      [mark("out", 1)],
      () => -50,
      (y) => y,
      100,
      100,
    ),
    [],
  );
});

const event = {
  event_id: "a",
  first_fill_ms: 1,
  price: 5,
  notional: 10,
  direction: "sell",
  impact_1s_bp: null,
  impact_10s_bp: 7.5,
  impact_60s_bp: -2.25,
  baseline_60s_bp: null,
  why_unknown: "mids are 3 s apart",
} as unknown as EventAnswer;

test("an event without price or USD is not on the map, and an unknown impact says why", () => {
  assert.deepEqual(
    eventMarks([event, { ...event, price: null }, { ...event, notional: null }]).map((each) => each.id),
    ["a"],
  );
  assert.equal(impactText(event), "price impact ? / +7.5 / −2.3 bp after 1 / 10 / 60 s");
  assert.equal(
    impactText({ ...event, impact_10s_bp: null, impact_60s_bp: null }),
    "price impact unknown: mids are 3 s apart",
  );
});

test("newer liquidations take the place of those they tell again, older ones stay", () => {
  const answer = (...ids: string[]) =>
    ({ coin: "BTC", events: ids.map((event_id) => ({ ...event, event_id })) }) as never;
  assert.deepEqual(
    joinedEvents(answer("b", "a"), answer("c", "b"), "BTC").events.map((each) => each.event_id),
    ["c", "b", "a"],
  );
  assert.equal(joinedEvents(null, answer("c"), "BTC").events.length, 1);
});

test("a crossed span without an overshoot is not said to be uncrossed", () => {
  const sweep = {
    entered_ms: 0,
    crossed_ms: null,
    clear_fraction: 0.75,
    size_at_entry: 4,
    still_there: 1,
    unknown: 0,
    overshoot_bp: null,
    placebo_overshoot_bp: 4,
    outcome: "open",
  };
  assert.match(sweepText(sweep as never), /open, 75.* of 4.* liquidated, .* still there, not crossed$/);
  const closed = { ...sweep, closed_before: 0.5, closed_after: 0.5, closed_by_own_stop: 0.25, stop_coverage: 0.4 };
  assert.match(sweepText(closed as never), / 1(\.0+)? closed by owners \(own stops 0\.250*, known of 40.*%\), /);
  const unknown = { ...closed, closed_by_own_stop: null, stop_coverage: null };
  assert.match(sweepText(unknown as never), / closed by owners \(own stops unknown\), /);
  assert.match(sweepText({ ...sweep, crossed_ms: 5 } as never), /crossed, overshoot not known$/);
  assert.match(
    sweepText({ ...sweep, crossed_ms: 5, overshoot_bp: 17 } as never),
    /overshoot 17\.0 bp \(lines without a cluster 4\.0\)$/,
  );
});

test("the badge says the most urgent of both sides", () => {
  const state = (name: string) => ({ state: name, direction: "sell", rate_usd: 50_000 }) as never;
  const rows = [state("none"), state("running"), state("over")];
  assert.equal(mostUrgent(rows), rows[1]);
  assert.equal(badgeText(state("running")), "cascade running: longs sold, $50.0k in a minute");
  assert.equal(badgeText(state("none")), "no cascade");
  assert.equal(
    badgeText({ state: "none", direction: "sell", rate_usd: null } as never),
    "cascade unknown: the minute was not watched",
  );
  assert.equal(mostUrgent([]), null);
});

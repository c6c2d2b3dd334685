import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cascade, Ensemble } from "../src/api/cascade";
import type { TriggersAnswer } from "../src/api/triggers";
import { runsHead, runsRows, runsStopLevels, runsStopRows } from "../src/model/what_if_runs";
import {
  comparison,
  counterpart,
  flowSteps,
  secondRows,
  stopLevelRows,
  stopRows,
  stopSteps,
  stopsLabel,
  switchText,
} from "../src/model/what_if_stops";

const LEVELS = {
  coin: ["BTC", "ETH", "BTC", "BTC"],
  price_low: [90, 50, 95, 96],
  price_high: [91, 51, 96, 97],
  stops_sent: [500, 9_999, 200, 0],
  stops_filled: [400, 9_999, 200, 0],
  profits_sent: [0, 0, 0, 50],
  profits_filled: [0, 0, 0, 0],
  order_count: [5, 9, 2, 1],
  slippage: [3, 2, 1, 0],
};
const STOPS = {
  loaded: 20,
  left_out: { no_position: 3, entry: 0 },
  fired: 17,
  closed_before: 2,
  still_waiting: 1,
  stops_filled: 10_599,
  profits_filled: 0,
  per_level: LEVELS,
  per_second: {
    second: [3, 3, 61, 62],
    coin: ["BTC", "ETH", "BTC", "BTC"],
    stops_sent: [0, 0, 0, 0],
    stops_filled: [200, 9_999, 400, 0],
    profits_sent: [0, 0, 0, 0],
    profits_filled: [0, 0, 10, 0],
    order_count: [2, 9, 5, 0],
    slippage: [0, 0, 0, 0],
  },
};
const run = (change: object): Cascade =>
  ({
    coin: "BTC",
    label: "BTC to 90",
    target_price: 90,
    mark: 100,
    mode: "book",
    as_of_ms: 0,
    horizon_ms: 120_000,
    shock_ms: 60_000,
    totals: { account_count: 4, filled: 1_000, backstop: 0, adl: 0 },
    coins: [{ coin: "BTC", extreme_mark: 89, overshoot: -0.01 }],
    per_second: {
      second: [3, 61, 70, 70],
      coin: ["BTC", "BTC", "BTC", "ETH"],
      filled: [100, 0, 20, 7_777],
      backstop: [0, 30, 0, 0],
      adl: [0, 0, 5, 0],
    },
    stops: null,
    ...change,
  }) as never;
const WITH = run({ stops: STOPS });

test("a result says whether stops were taken along", () => {
  assert.deepEqual([run({}), WITH].map(stopsLabel), ["without stops", "with stops"]);
});

test("the switch says of how much stops are known, or why they cannot be taken along; it is never silent", () => {
  const coverage = {
    share: 0.62,
    long_share: 0.6,
    short_share: null,
    known_account_count: 800,
    account_count: 1_300,
    median_age_ms: 240_000,
  };
  const known = { has_triggers: true, coverage, notes: [] } as unknown as TriggersAnswer;
  assert.equal(
    switchText(known, null),
    "Known of 62 % of the open size (longs 60 %, shorts unknown), 800 of 1,300 accounts; read 4 min ago at the median. Accounts that were not read have none in the run.",
  );
  const none = { ...known, has_triggers: false, coverage: null, notes: ["This map reads none."] };
  assert.equal(switchText(none, null), "Not possible: This map reads none.");
  assert.match(switchText({ ...none, notes: [] }, null), /^Not possible: .* unknown here, not zero\.$/);
  assert.equal(switchText(null, "no answer"), "Not possible: no answer");
  assert.match(switchText(null, null), /asked/);
});

test("stops have sums of their own, by price the largest of the coin, highest first", () => {
  assert.deepEqual(Object.fromEntries(stopRows(STOPS)), {
    "orders taken along": "20",
    "left out": "3 no position",
    "of them fired": "17",
    "gone with a position closed before": "2",
    "still waiting at the end": "1",
    "stops taken by the order book": "$10.6k",
    "take-profits taken by it": "$0",
    "lost by prices worse than the mark": "$6.00",
  });
  assert.deepEqual(stopLevelRows(WITH), [
    ["96.0000", "$0", "$0", "$0"],
    ["95.0000", "$200", "$200", "$0"],
    ["90.0000", "$500", "$400", "$0"],
  ]);
  assert.deepEqual(stopLevelRows(run({})), []);
  assert.deepEqual(
    stopSteps(WITH).map((step) => [step.low, step.usd]),
    [
      [90, 400],
      [95, 200],
    ],
  );
});

test("by time liquidations and stops stand beside each other, of the coin alone, and are not added", () => {
  assert.deepEqual(flowSteps(WITH), [
    { second: 3, liquidated: 100, stops: 200, profits: 0 },
    { second: 61, liquidated: 30, stops: 400, profits: 10 },
    { second: 70, liquidated: 25, stops: 0, profits: 0 },
  ]);
  assert.deepEqual(flowSteps(WITH, 60), [
    { second: 0, liquidated: 100, stops: 200, profits: 0 },
    { second: 60, liquidated: 55, stops: 400, profits: 10 },
  ]);
  assert.deepEqual(secondRows(WITH), [
    ["0:03", "$200", "$0", "$100"],
    ["1:01", "$400", "$10.0", "$30.0"],
  ]);
  assert.deepEqual(
    flowSteps(run({})).map((each) => each.stops),
    [0, 0, 0],
  );
});

test("a run is set beside one that differs in stops alone", () => {
  const without = run({ as_of_ms: 60_000 });
  assert.equal(counterpart(WITH, [run({ target_price: 91 }), WITH, run({ mode: "coupled" }), without]), without);
  assert.equal(counterpart(WITH, [WITH]), null);
  const { head, rows } = comparison(WITH, without);
  assert.deepEqual(head, ["", "without stops", "with stops"]);
  assert.deepEqual(rows[0], ["levels of (UTC)", "1 Jan 00:01", "1 Jan 00:00"]);
  assert.deepEqual(
    rows.find(([name]) => name === "stops taken by the order book"),
    ["stops taken by the order book", "–", "$10.6k"],
  );
  assert.deepEqual(comparison(without, WITH), comparison(WITH, without));
});

const ENSEMBLE = {
  count: 20,
  levels: [0.05, 0.25, 0.5, 0.75, 0.95],
  quantiles: { filled: [1, 2, 3, 4, 5], extreme_mark: [80, 85, 90, 91, 92], overshoot: [null, null, null, null, null] },
  stops: {
    quantiles: { fired: [1, 2, 3, 4, 5_000], stops_filled: [10, 20, 30, 40, 50] },
    per_level: {
      coin: ["BTC", "ETH", "BTC"],
      price_low: [90, 50, 95],
      price_high: [91, 51, 96],
      fired_share: [0.5, 1, 1],
      stops_filled: [
        [0, 0, 5, 6, 7],
        [9, 9, 9, 9, 9],
        [1, 1, 1, 1, 1],
      ],
      profits_filled: [
        [0, 0, 0, 0, 0],
        [9, 9, 9, 9, 9],
        [0, 0, 0, 0, 0],
      ],
    },
  },
} as unknown as Ensemble;

test("many runs show three quantiles, liquidations and stops in tables of their own", () => {
  assert.deepEqual(runsHead(ENSEMBLE), ["", "5 %", "median", "95 %"]);
  assert.deepEqual(runsRows(ENSEMBLE), [
    ["taken by the order book", "$1.00", "$3.00", "$5.00"],
    ["furthest mark", "80.0000", "90.0000", "92.0000"],
    ["further than a calm run", "–", "–", "–"],
  ]);
  assert.deepEqual(runsStopRows(ENSEMBLE), [
    ["orders that fired", "1", "3", "5,000"],
    ["stops taken by the order book", "$10.0", "$30.0", "$50.0"],
  ]);
  assert.deepEqual(runsStopLevels(ENSEMBLE, "BTC"), [
    ["95.0000", "$1.00", "$1.00", "$1.00", "100 %"],
    ["90.0000", "$0", "$5.00", "$7.00", "50 %"],
  ]);
  assert.deepEqual(runsStopRows({ ...ENSEMBLE, stops: null }), []);
  assert.deepEqual(runsStopLevels({ ...ENSEMBLE, stops: null }, "BTC"), []);
});

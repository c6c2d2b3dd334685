import assert from "node:assert/strict";
import { test } from "node:test";
import type { TriggersAnswer } from "../src/api/triggers";
import { CANVAS_COLOURS } from "../src/chart/themes";
import { triggerSums } from "../src/model/trigger_bars";
import { stopBeforeText, triggerLegend, triggersHere } from "../src/model/trigger_words";
import { BOOK_COLOURS } from "../src/primitives/book/colours";
import { colourTable, PALETTES, type PaletteName, SIZE } from "../src/primitives/heatmap/palette";
import { STRUCTURE_COLOURS } from "../src/primitives/structure";
import { TRIGGER_COLOURS } from "../src/primitives/triggers";
import { placeBars } from "../src/primitives/triggers/place";
import { contrast, distance, linearOf, type Rgb, SIGHTS, seenBy } from "./colour_vision";

const STEP = 1.0005;
const price = (band: number): number => STEP ** band;
const KINDS = ["stop_sell", "take_profit_buy", "stop_sell", "stop_buy", "take_profit_sell"] as const;
const BANDS = [200, 200, 203, 210, 210];

const total = (kind: (typeof KINDS)[number], notional: number) => ({
  kind,
  size: 1,
  notional,
  limit_notional: 0,
  whole_position_notional: 0,
  order_count: 1,
  account_count: 1,
  nearest_price: null,
});

const ANSWER: TriggersAnswer = {
  provenance: { kind: "sandbox", name: "made up", is_simulated: true, note: "" },
  as_of_ms: 0,
  coin: "BTC",
  mark: price(205),
  level: 0,
  within_percent: 25,
  has_triggers: true,
  coverage: {
    share: 0.62,
    long_share: 0.6,
    short_share: null,
    map_share: 0.7,
    account_count: 1_300,
    known_account_count: 800,
    median_age_ms: 240_000,
    oldest_age_ms: 900_000,
  },
  totals: [
    total("stop_sell", 300_000),
    total("stop_buy", 50_000),
    total("take_profit_sell", 20_000),
    total("take_profit_buy", 10_000),
  ],
  bands: {
    band: BANDS,
    price_low: BANDS.map(price),
    price_high: BANDS.map((band) => price(band + 1)),
    kind: [...KINDS],
    size: [1, 1, 1, 1, 1],
    notional: [100_000, 10_000, 200_000, 50_000, 20_000],
    limit_notional: [0, 0, 0, 0, 0],
    whole_position_notional: [0, 0, 0, 0, 0],
    order_count: [1, 1, 2, 1, 1],
    account_count: [1, 1, 2, 1, 1],
  },
  clusters: [],
  levels: {
    band: [190, 191, 220],
    price_low: [190, 191, 220].map(price),
    price_high: [191, 192, 221].map(price),
    side: [1, 1, -1],
    size: [1, 1, 1],
    notional: [100_000, 50_000, 10_000],
    known_notional: [80_000, 20_000, 0],
    coverage: [0.8, 0.4, 0],
    median_age_ms: [1, 1, null],
    stopped_notional: [30_000, 5_000, 0],
    limit_stopped_notional: [0, 0, 0],
  },
  absorption: {
    price: [],
    distance_percent: [],
    liquidation_notional: [],
    stop_notional: [],
    resting_notional: [],
  },
  resting: null,
  left_out: [{ reason: "no_position", order_count: 3, text: "their account holds nothing of the coin" }],
  notes: ["Takes what was read as it stood then."],
  doubt: [],
};
const NONE: TriggersAnswer = {
  ...ANSWER,
  has_triggers: false,
  coverage: null,
  totals: null,
  bands: null,
  clusters: null,
  levels: null,
  left_out: null,
  notes: ["this source has none"],
};

test("a row of the map is the sum of the finer bands of one kind in it, with the edges of the whole row", () => {
  const fine = triggerSums(ANSWER, 0);
  assert.deepEqual(
    fine.map(({ band, group, usd }) => [band, group, usd]),
    [
      [200, "stop_sell", 100_000],
      [200, "take_profit", 10_000],
      [203, "stop_sell", 200_000],
      [210, "stop_buy", 50_000],
      [210, "take_profit", 20_000],
    ],
  );
  const coarse = triggerSums(ANSWER, 2);
  assert.deepEqual(
    coarse.map(({ band, group, usd, orderCount }) => [band, group, usd, orderCount]),
    [
      [50, "stop_sell", 300_000, 3],
      [50, "take_profit", 10_000, 1],
      [52, "stop_buy", 50_000, 1],
      [52, "take_profit", 20_000, 1],
    ],
  );
  const first = coarse[0];
  assert.ok(first !== undefined && Math.abs(first.low / price(200) - 1) < 1e-9);
  assert.ok(Math.abs(first.high / price(204) - 1) < 1e-9);
});

test("bars of stops and of take-profits share a row without lying on another, the longest for the most USD", () => {
  const yOf = (at: number): number => 1_000 - 10 * (Math.log(at) / Math.log(STEP) - 150);
  const placed = placeBars(triggerSums(ANSWER, 2), yOf, 1_000, 1_000);
  assert.equal(placed.length, 4);
  const [stop, profit] = placed;
  assert.ok(stop !== undefined && profit !== undefined);
  assert.equal(stop.width, 180);
  assert.equal(profit.width, 6);
  assert.ok(stop.top + stop.height <= profit.top);
  assert.deepEqual(
    placeBars(triggerSums(ANSWER, 2), () => null, 1_000, 1_000),
    [],
  );
  assert.deepEqual(
    placeBars(triggerSums(ANSWER, 2), (at) => yOf(at) - 5_000, 1_000, 1_000),
    [],
    "none off the pane",
  );
});

test("a source without trigger orders draws nothing, and says that they are unknown", () => {
  assert.deepEqual(triggerSums(NONE, 2), []);
  assert.deepEqual(triggerLegend(NONE), { groups: [], notes: ["this source has none"] });
  assert.match(triggerLegend({ ...NONE, notes: [] }).notes[0] ?? "", /unknown here, not zero/);
  assert.equal(stopBeforeText(NONE, { side: 1, price_low: price(190), price_high: price(192) }), null);
  assert.equal(stopBeforeText(null, { side: 1, price_low: price(190), price_high: price(192) }), null);
});

test("the legend says each kind apart, of how much of the coin it is known, how old that is, and what is in no bar", () => {
  const { groups, notes } = triggerLegend(ANSWER);
  assert.deepEqual(groups, [
    { group: "stop_sell", text: "stop sells, below the mark: $300.0k in 1 order" },
    { group: "stop_buy", text: "stop buys, above the mark: $50.00k in 1 order" },
    {
      group: "take_profit",
      text: "take-profits, sells above the mark: $20.00k in 1 order; buys below it: $10.00k in 1 order",
    },
  ]);
  assert.equal(
    notes[0],
    "Known of 62 % of the open size (longs 60 %, shorts unknown), 800 of 1,300 accounts; read 4 min ago at the median.",
  );
  assert.match(notes[1] ?? "", /a price without a bar may have stops/);
  assert.equal(notes[2], "3 orders in no bar: their account holds nothing of the coin");
});

test("at a row of the map each kind is a line of its own", () => {
  assert.deepEqual(triggersHere(triggerSums(ANSWER, 2), 50, 1_770_010_740_000), [
    "stop sells known at 2 Feb 05:39 UTC: $300.0k in 3 orders",
    "take-profits known at 2 Feb 05:39 UTC: $10.00k in 1 order",
  ]);
  assert.deepEqual(triggersHere(triggerSums(ANSWER, 2), 51, 0), []);
});

test("a cluster says how much of it has a stop before, of how much that was read; not read is not none", () => {
  const longs = { side: 1, price_low: price(190), price_high: price(192) } as const;
  assert.equal(stopBeforeText(ANSWER, longs), "of it $35.00k have a stop before (read of $100.0k)");
  const inner = { ...longs, price_high: price(191) * (1 + 1e-12) };
  assert.equal(stopBeforeText(ANSWER, inner), "of it $30.00k have a stop before (read of $80.00k)");
  const shorts = { side: -1, price_low: price(220), price_high: price(221) } as const;
  assert.equal(stopBeforeText(ANSWER, shorts), "stops before it: not read");
  assert.equal(stopBeforeText(ANSWER, { ...longs, price_low: price(300), price_high: price(301) }), null);
});

test("the three hues stand on the ground, are told apart by every eye, and are in no palette, book or structure", () => {
  const hex = (text: string): Rgb => {
    const word = Number.parseInt(text.slice(1), 16);
    return linearOf([word >> 16, (word >> 8) & 255, word & 255]);
  };
  for (const theme of ["dark", "light"] as const) {
    const hues = Object.values(TRIGGER_COLOURS[theme]).map(hex);
    const others = [
      ...Object.values(BOOK_COLOURS[theme]).map(linearOf),
      ...Object.values(STRUCTURE_COLOURS[theme]).map(hex),
    ];
    for (const name of [...Object.keys(PALETTES), "short"] as (PaletteName | "short")[]) {
      const table = colourTable(name, theme);
      for (let entry = 0; entry < SIZE; entry += 1)
        others.push(linearOf([table[4 * entry] ?? 0, table[4 * entry + 1] ?? 0, table[4 * entry + 2] ?? 0]));
    }
    hues.forEach((hue, place) => {
      assert.ok(contrast(hue, hex(CANVAS_COLOURS[theme].background)) >= 4.5, `${theme} ${place}`);
      const near = Math.min(...others.map((other) => distance(hue, other)));
      assert.ok(near >= 0.05, `${theme} ${place}: ${near} from another sign`);
      for (const other of hues.slice(place + 1))
        for (const sight of SIGHTS) {
          const far = distance(seenBy(sight, hue), seenBy(sight, other));
          assert.ok(far >= 0.08, `${theme} ${place} ${sight}: ${far}`);
        }
    });
  }
});

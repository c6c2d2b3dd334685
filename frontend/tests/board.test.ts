/** The table of all coins: order, filter and words. Rows are made up. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoardRow } from "../src/api/schema";
import {
  BOARD_COLUMNS,
  type BoardOrder,
  COLUMNS,
  categoriesOf,
  filterBoard,
  nextOrder,
  sortBoard,
} from "../src/model/board_table";

const row = (coin: string, part: Partial<BoardRow> = {}): BoardRow => ({
  coin,
  dex: "",
  category: null,
  is_delisted: false,
  mark: 10,
  change_24h_percent: 1,
  open_interest: 1,
  open_interest_usd: 10,
  funding_hour_ms: null,
  funding_8h: null,
  funding_annual: null,
  funding_now_8h: null,
  within: { "1": [0, 5], "2": [10, 20], "5": [30, 40] },
  nearest_large: null,
  imbalance_5: 0,
  risk_share: 0.5,
  coverage: 1,
  long_notional: 1,
  short_notional: 1,
  long_accounts: 1,
  short_accounts: 1,
  max_leverage: 10,
  doubt: [],
  deleveraging_risk: null,
  deleveraging_usd: null,
  deleveraging_as_of_ms: null,
  ...part,
});
const ROWS = [
  row("AAA", { open_interest_usd: 5 }),
  row("BBB", { open_interest_usd: null }),
  row("CCC", { open_interest_usd: 50, category: "stocks" }),
  row("own:DDD", { open_interest_usd: 20, dex: "own" }),
];
const names = (rows: readonly BoardRow[]): string[] => rows.map(({ coin }) => coin);
const by = (name: BoardOrder["by"], isDescending: boolean): BoardOrder => ({ by: name, isDescending });
const NONE: ReadonlySet<string> = new Set();

test("unknown figures stand last, whichever way the table is sorted", () => {
  assert.deepEqual(names(sortBoard(ROWS, by("interest", true), NONE)), ["CCC", "own:DDD", "AAA", "BBB"]);
  assert.deepEqual(names(sortBoard(ROWS, by("interest", false), NONE)), ["AAA", "own:DDD", "CCC", "BBB"]);
});

test("favourites stand first, sorted among themselves", () => {
  const order = names(sortBoard(ROWS, by("interest", true), new Set(["BBB", "AAA"])));
  assert.deepEqual(order, ["AAA", "BBB", "CCC", "own:DDD"]);
});

test("every column sorts any rows and says unknown in words, never zero", () => {
  const unknown = row("EEE", {
    mark: null,
    change_24h_percent: null,
    open_interest_usd: null,
    within: null,
    imbalance_5: null,
    risk_share: null,
    coverage: null,
  });
  for (const name of COLUMNS) {
    assert.equal(sortBoard([unknown, ...ROWS], by(name, true), NONE).length, 5);
    if (name !== "coin") assert.match(BOARD_COLUMNS[name].text(unknown), /unknown|none|not told/, name);
  }
});

test("a click sorts figures from the largest, words from A, and again the other way", () => {
  const start = by("interest", true);
  assert.deepEqual(nextOrder(start, "funding"), by("funding", true));
  assert.deepEqual(nextOrder(start, "coin"), by("coin", false));
  assert.deepEqual(nextOrder(start, "near"), by("near", false));
  assert.deepEqual(nextOrder(start, "interest"), by("interest", false));
});

test("the filter is by name or category, and a category can be chosen", () => {
  assert.deepEqual(names(filterBoard(ROWS, " bb ", "")), ["BBB"]);
  assert.deepEqual(names(filterBoard(ROWS, "stock", "")), ["CCC"]);
  assert.deepEqual(names(filterBoard(ROWS, "", "dex own")), ["own:DDD"]);
  assert.deepEqual(categoriesOf(ROWS), ["dex own", "stocks"]);
});

test("the funding of the hour under way is shown where it is known, and who stands where is said", () => {
  assert.equal(BOARD_COLUMNS.funding.text(row("A", { funding_8h: 0.0001, funding_now_8h: -0.0002 })), "−0.0200 %");
  assert.equal(BOARD_COLUMNS.funding.text(row("A", { funding_8h: 0.0001 })), "+0.0100 %");
  assert.equal(BOARD_COLUMNS.long2.text(row("A")), "$10.0");
  const near = { side: -1, price: 11, notional: 2_000_000, distance_percent: 1.5, cluster_id: null };
  assert.equal(BOARD_COLUMNS.near.text(row("A", { nearest_large: near })), "shorts $2.00M at +1.50 %");
});

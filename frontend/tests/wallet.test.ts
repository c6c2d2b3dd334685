import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountAnswer, BandRows, PoolPosition } from "../src/api/schema";
import { accountSentence } from "../src/model/account_text";
import { readAddress } from "../src/model/address_input";
import { agreementBars, reasonRows, relativeText } from "../src/model/agreement_bars";
import { CurrentBands } from "../src/model/bands";
import { ladderSentences } from "../src/model/ladder_text";
import { shareNear } from "../src/model/near_share";
import { levelRuns, steadySpan } from "../src/model/wallet_history";
import { nearestFirst, placeLines, type SavedWallet, type WalletLine, walletLines } from "../src/model/wallet_lines";

const ADDRESS = `0x${"ab".repeat(20)}`;

test("an address is read out of itself, of capitals and of an explorer's link", () => {
  for (const text of [
    ADDRESS,
    ` ${ADDRESS.toUpperCase().replace("0X", "0x")}\n`,
    `https://app.hyperliquid.xyz/explorer/address/${ADDRESS}`,
    `https://hypurrscan.io/address/${ADDRESS}#perps`,
    `${ADDRESS}, ${ADDRESS}`,
  ]) {
    assert.deepEqual(readAddress(text), { address: ADDRESS }, text);
  }
});

test("what is no address is refused in one sentence that says what is wrong", () => {
  const refused: readonly [string, RegExp][] = [
    ["", /Paste an address/],
    ["hello", /no address in it/],
    ["0x1234", /4 digits/],
    [`${ADDRESS}0`, /41 digits/],
    [`0x${"g".repeat(40)}`, /other letters/],
    [`https://app.hyperliquid.xyz/explorer/tx/0x${"1".repeat(64)}`, /transaction/],
    [`${ADDRESS} 0x${"cd".repeat(20)}`, /2 addresses/],
  ];
  for (const [text, said] of refused) {
    const read = readAddress(text);
    assert.ok("problem" in read, text);
    assert.match(read.problem, said);
    assert.equal(read.problem.split(". ").length, 1);
  }
});

const position = (part: Partial<PoolPosition>): PoolPosition => ({
  coin: "BTC",
  side: 1,
  size: 10,
  mark: 90_000,
  notional: 900_000,
  entry_price: 88_000,
  leverage: 10,
  liquidation_price: 80_000,
  level_status: "ok",
  published_liquidation_price: null,
  published: "not_given",
  tier: 0,
  backstop_price: 79_000,
  bankruptcy_price: 78_000,
  distance_percent: -11.11,
  orders: [{ price: 80_000, size: 10, notional: 800_000 }],
  ...part,
});

const order = (price: number, size: number) => ({ price, size, notional: price * size });

test("a small position is sold at once, a large one by fifths, with the whole rest within 30 s", () => {
  const small = ladderSentences(position({}));
  assert.match(small[0] ?? "", /^At 80,000.* all of it, \$800k, is sold in the order book at once/);
  assert.match(small[1] ?? "", /^At 79,000.*backstop/);
  assert.match(small[2] ?? "", /^At 78,000.*bankruptcy/);
  const large = ladderSentences(position({ orders: [order(80_000, 2), order(79_500, 1.6), order(79_000, 6.4)] }));
  assert.match(large[0] ?? "", /a fifth of it, 2 BTC or \$160k, is sold/);
  assert.match(large[1] ?? "", /For 30 s .* the whole rest: if price stays there, \$640k more/);
  assert.match(
    large[2] ?? "",
    /a fifth of the rest is sold at 79,500.0, and so on: 2 further orders, the last at 79,000.0/,
  );
  const two = ladderSentences(position({ side: -1, size: -10, orders: [order(80_000, 2), order(80_500, 8)] }));
  assert.match(two[2] ?? "", /the rest is bought back at 80,500.0/);
});

test("a position without a level says why, and no figure", () => {
  for (const [status, said] of [
    ["no_level", /^No price of BTC/],
    ["insolvent", /can go at any time/],
    ["unknown", /is unknown/],
  ] as const) {
    const sentences = ladderSentences(position({ level_status: status, liquidation_price: null, orders: [] }));
    assert.equal(sentences.length, 1);
    assert.match(sentences[0] ?? "", said);
  }
});

const answer = (rows: readonly PoolPosition[], isExempt = false): AccountAnswer =>
  ({
    pools: [{ margin_mode: "cross", is_exempt: isExempt, is_in_doubt: false, positions: rows }],
  }) as unknown as AccountAnswer;

const wallet = (address: string, name = "", isShown = true): SavedWallet => ({ address, name, isShown });

test("the nearest level stands first over all coins and accounts, those without one last", () => {
  const saved = [wallet("0xa", "Anna"), wallet("0xb", "Bo"), wallet("0xc", "Cy", false), wallet("0xd")];
  const answers = new Map<string, AccountAnswer | string>([
    [
      "0xa",
      answer([position({ coin: "BTC" }), position({ coin: "SOL", level_status: "no_level", distance_percent: null })]),
    ],
    ["0xb", answer([position({ coin: "ETH", distance_percent: 4 })])],
    ["0xc", answer([position({ distance_percent: 1 })])],
    ["0xd", "address 0xd is not in this map"],
  ]);
  assert.deepEqual(
    nearestFirst(saved, answers).map(({ coin, slot }) => [coin, slot]),
    [
      ["ETH", 1],
      ["BTC", 0],
      ["SOL", 0],
    ],
  );
});

test("lines are of the coin alone, and an exempt account has no level", () => {
  const saved = [wallet("0xa", "Anna"), wallet("0xb", "Vault")];
  const answers = new Map([
    ["0xa", answer([position({}), position({ coin: "ETH" })])],
    ["0xb", answer([position({ side: -1 })], true)],
  ]);
  const lines = walletLines(saved, answers, "BTC", () => 0.25);
  assert.deepEqual(
    lines.map(({ kind, slot, text }) => [kind, slot, text]),
    [
      ["level", 0, "Anna: long liquidated at 80,000.0 · −11.1 % · 25 % of levels near"],
      ["entry", 0, "Anna: long entry 88,000.0"],
      ["entry", 1, "Vault: short entry 88,000.0"],
    ],
  );
  assert.doesNotMatch(walletLines(saved, answers, "BTC", () => null)[0]?.text ?? "", /levels near/);
});

const line = (price: number, kind: WalletLine["kind"] = "level"): WalletLine => ({
  kind,
  price,
  slot: 0,
  text: `${price}`,
});

test("labels stand a row apart inside of the pane, whatever their lines, and beyond an edge only the nearest levels", () => {
  const lines = [50, 50, 51, 52, 99, 100].map((price) => line(price));
  const far = [line(120), line(130), line(140), line(150), line(110, "entry"), line(-5)];
  const placed = placeLines([...lines, ...far], (price) => 100 - price, 100, 10);
  const rows = placed.map((each) => each.labelY);
  for (let index = 1; index < rows.length; index += 1)
    assert.ok((rows[index] ?? 0) - (rows[index - 1] ?? 0) >= 10 - 1e-9);
  assert.ok(Math.max(...rows) <= 95);
  assert.deepEqual(
    placed.filter((each) => each.y === null).map((each) => each.text),
    ["↑ 140", "↑ 130", "↑ 120", "↓ -5"],
  );
});

const STEP = Math.log(1.001);
const bandsOf = (rows: readonly (readonly [band: number, side: number, size: number])[]): CurrentBands =>
  CurrentBands.of(100, 0, {
    band: rows.map(([band]) => band),
    side: rows.map(([, side]) => side),
    size: rows.map(([, , size]) => size),
  } as unknown as BandRows);

test("a share is of the levels of its own side near, and unknown where those are not all seen", () => {
  const at = Math.floor(Math.log(90) / STEP);
  const bands = bandsOf([
    [at, 1, 1],
    [at + 2, 1, 3],
    [at, -1, 100],
    [at + 40, 1, 100],
  ]);
  const own = { side: 1, size: 1, level: Math.exp((at + 0.5) * STEP) };
  assert.equal(shareNear(own, bands, STEP, { low: 80, high: 120 }), 0.25);
  assert.equal(shareNear(own, bands, STEP, { low: 90, high: 120 }), null);
  assert.equal(shareNear({ ...own, size: 10 }, bands, STEP, { low: 80, high: 120 }), null);
});

test("a level through time is broken where there is none", () => {
  const runs = levelRuns({ start_ms: 1000, step_ms: 10, liquidation_price: [5, 6, null, null, 7] });
  assert.deepEqual(runs, [
    [
      { startMs: 1000, endMs: 1010, price: 5 },
      { startMs: 1010, endMs: 1020, price: 6 },
    ],
    [{ startMs: 1040, endMs: 1050, price: 7 }],
  ]);
  assert.deepEqual(levelRuns({ start_ms: 0, step_ms: 1, liquidation_price: [null] }), []);
});

test("the time that is asked for holds what is on screen and stays while that moves a little", () => {
  const start = 1_790_000_000_000;
  const asked = new Set<string>();
  for (let step = 0; step < 100; step += 1) {
    const view = { startMs: start + step * 60_000, endMs: start + 86_400_000 + step * 60_000 };
    const span = steadySpan(view);
    assert.ok(span.startMs <= view.startMs && span.endMs >= view.endMs);
    asked.add(JSON.stringify(span));
  }
  assert.ok(asked.size <= 2);
});

test("one sentence says what an account holds and where it is liquidated first", () => {
  assert.equal(
    accountSentence(answer([position({}), position({ coin: "ETH", distance_percent: 30 })])),
    "2 positions worth $1.800M; the nearest liquidation is BTC long at 80,000.0, −11.1 % from now.",
  );
  assert.match(accountSentence(answer([position({ level_status: "insolvent" })])), /at any time/);
  assert.match(accountSentence(answer([position({})], true)), /not liquidated in practice/);
  assert.match(
    accountSentence(answer([position({ notional: null, level_status: "unknown" })])),
    /worth unknown; .*unknown/,
  );
  assert.equal(accountSentence(answer([])), "This address holds no position.");
});

test("the many bars of the answer become few, and none is lost", () => {
  const edges = Array.from({ length: 13 }, (_, index) => Number(`1e${index - 12}`));
  const counts = edges.map((_, index) => index + 1).concat(14);
  const bars = agreementBars({ edges, counts });
  assert.deepEqual(
    bars.map((bar) => bar.label),
    [
      "under 0.0001 %",
      "0.0001 % to 0.001 %",
      "0.001 % to 0.01 %",
      "0.01 % to 0.1 %",
      "0.1 % to 1 %",
      "1 % to 10 %",
      "10 % and more",
    ],
  );
  assert.deepEqual(
    bars.map((bar) => bar.count),
    [1 + 2 + 3 + 4 + 5 + 6 + 7, 8, 9, 10, 11, 12, 13 + 14],
  );
});

test("a difference is said in percent, a tiny one as that, none as none", () => {
  assert.equal(relativeText(0.0123), "1.2 %");
  assert.equal(relativeText(0.000034), "0.0034 %");
  assert.equal(relativeText(3e-9), "under 0.0001 %");
  assert.equal(relativeText(0), "none");
  assert.equal(relativeText(null), "unknown");
});

test("what could not be compared is said by reason, the most first", () => {
  const rows = reasonRows({ not_given: 3, pool_unknown: 7, only_price_of_its_pool: 0 });
  assert.deepEqual(
    rows.map(([, count]) => count),
    [7, 3],
  );
});

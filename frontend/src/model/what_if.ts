/** A simulation in words and rows: its modes and shocks, its totals, the path of its coin, its levels and winners. */

import type { Cascade, CoinOutcome } from "../api/cascade";
import { shortAddress } from "../format/address";
import { formatPrice, formatSize } from "../format/price";
import { formatAge } from "../format/time";
import { distance, percent, usd } from "../format/usd";
import type { WordName } from "./glossary";
import { largestLevels, rowsOfCoin } from "./level_rows";

/** How prices are made. */
export const MODES = {
  book: "Hyperliquid's order book alone",
  coupled: "its order book and other exchanges",
  given: "nobody: the price path is fixed",
} as const;
/** What the other coins do. */
export const SHOCKS = {
  one: "stay where they are",
  betas: "follow as they usually do",
  "october-2025": "all as on 10 Oct 2025",
} as const;
const MAX_WINNERS = 10;
/** USD closed of other coins by USD closed of this one, up to which it is one side that loses. */
const MAX_OTHER_SHARE = 0.05;

/** A name, what it is, and the word of the glossary that the name opens. */
type Row = readonly [name: string, value: string, attributes?: { readonly word: WordName }];

export const modeText = (mode: string): string => MODES[mode as keyof typeof MODES] ?? mode;

/**
 * If BTC falls 5.0 % to 81,900 within 10 min, about $2.1M of longs are sold by force: the order book takes $1.9M, the
 * liquidator vault $0.2M, and nothing is left for auto-deleveraging.
 *
 * Of the coin that was asked about, other coins as a sum beside it.
 */
export function whatIfSentence(cascade: Cascade): string {
  const { coin, mark, target_price: price, totals } = cascade;
  const own = cascade.coins.find((row) => row.coin === coin);
  const start = price === null ? `In a replay of ${cascade.label}` : moveText(coin, mark, price, cascade.shock_ms);
  if (own === undefined) return `${start}, nothing of ${coin} is known to be closed by force.`;
  const sum = own.filled + own.backstop + own.adl;
  const all = totals.filled + totals.backstop + totals.adl;
  const others = all - sum > sum * 0.005 ? ` With all other coins it is ${usd(all, 3)}.` : "";
  if (sum === 0) return `${start}, no ${coin} position is closed by force.${others}`;
  return `${start}, about ${usd(sum, 3)} of ${coin} ${sideText(cascade, (all - sum) / sum)} by force: ${payersText(own)}.${others}`;
}

const moveText = (coin: string, mark: number, price: number, shockMs: number): string =>
  `If ${coin} ${price < mark ? "falls" : "rises"} ${distance((price / mark - 1) * 100).replace(/^[+−]/, "")} to ` +
  `${formatPrice(price)}${shockMs > 0 ? ` within ${formatAge(shockMs)}` : ""}`;

/** A coin that falls costs its longs alone; where much of other coins is closed too, their losses may force out either side. */
function sideText({ mark, target_price: price }: Cascade, otherShare: number): string {
  if (price === null || otherShare > MAX_OTHER_SHARE) return "positions are closed";
  return price < mark ? "longs are sold" : "shorts are bought back";
}

function payersText({ filled, backstop, adl }: CoinOutcome): string {
  const taken = (value: number): string => (value > 0 ? usd(value, 3) : "nothing");
  const cut =
    adl > 0
      ? `${usd(adl, 3)} is closed against winning positions (auto-deleveraging)`
      : "nothing is left for auto-deleveraging";
  return `the order book takes ${taken(filled)}, the liquidator vault ${taken(backstop)}, and ${cut}`;
}

export const totalRows = ({ totals }: Cascade): Row[] => [
  ["accounts liquidated", totals.account_count.toLocaleString("en-US"), { word: "liquidation" }],
  ["sent to the order book", `${usd(totals.sent)} in ${totals.orders} orders`, { word: "forced_flow" }],
  ["of it taken by the order book", usd(totals.filled)],
  ["lost by prices worse than the mark", usd(totals.slippage, 3), { word: "slippage" }],
  ["taken by the liquidator vault", `${usd(totals.backstop)} in ${totals.takeovers} takeovers`, { word: "backstop" }],
  ["closed against winning positions", `${usd(totals.adl)} in ${totals.adl_fills} parts`, { word: "adl" }],
  ["money of the vault", `${usd(totals.vault_equity_start, 3)} → ${usd(totals.vault_equity_end, 3)}`],
  ["loss that nobody covered", usd(totals.deficit)],
];

/** Of a run with stops the calm one has neither liquidations nor stops. */
export const coinRows = (row: CoinOutcome, hasStops: boolean): Row[] => [
  [`furthest mark of ${row.coin}`, formatPrice(row.extreme_mark), { word: "mark" }],
  [`the same without liquidations${hasStops ? " and stops" : ""}`, formatPrice(row.calm_extreme_mark)],
  ["further because of them", distance(row.overshoot === null ? null : row.overshoot * 100), { word: "overshoot" }],
  ["widest difference to a run without them", distance(row.widest_gap === null ? null : row.widest_gap * 100)],
  ["order book left at the thinnest", percent(row.lowest_withdrawal, 1), { word: "depth" }],
  ["chain reaction, at its worst", branchingText(row.peak_branching), { word: "branching" }],
  ["clusters reached", String(row.reached.length), { word: "cluster" }],
  [
    "next cluster beyond",
    row.next_cluster === null
      ? "none on this side"
      : `${formatPrice(row.next_cluster.price_peak)}, ${usd(row.next_cluster.notional, 3)}`,
  ],
];

const branchingText = (ratio: number | null): string =>
  ratio === null ? "unknown" : `each $1 forced sets off $${ratio.toFixed(2)} more`;

/** Of the coin: from which mark, and USD filled, taken over and auto-deleveraged there; the largest, by price. */
export function levelRows(cascade: Cascade): string[][] {
  const { per_level: all } = cascade;
  const sum = (row: number) => (all.filled[row] ?? 0) + (all.backstop[row] ?? 0) + (all.adl[row] ?? 0);
  const rows = rowsOfCoin(all.coin, cascade.coin).filter((row) => sum(row) > 0);
  return largestLevels(all, rows, sum).map((row) => [
    formatPrice(all.price_low[row]),
    ...[all.filled, all.backstop, all.adl].map((column) => usd(column[row], 3)),
  ]);
}

/** Whose winning position was cut: account, position, size, price. */
export function winnerRows({ winners: cut }: Cascade): string[][] {
  return cut.address
    .slice(0, MAX_WINNERS)
    .map((address, row) => [
      shortAddress(address),
      `${cut.coin[row] ?? ""} ${cut.side[row] === 1 ? "long" : "short"}`,
      formatSize(cut.size[row] ?? 0),
      formatPrice(cut.price[row]),
    ]);
}

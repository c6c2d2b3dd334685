/** A simulation in words and rows: its modes and shocks, its totals, the path of its coin, its levels and winners. */

import type { Cascade, CoinOutcome } from "../api/cascade";
import { shortAddress } from "../format/address";
import { formatPrice, formatSize } from "../format/price";
import { distance, percent, usd } from "../format/usd";

/** How prices are made. */
export const MODES = { book: "book answers", coupled: "all venues answer", given: "prices given" } as const;
/** What the other coins do. */
export const SHOCKS = { one: "only this coin", betas: "others follow", "october-2025": "10 Oct 2025" } as const;
const MAX_LEVELS = 12;
const MAX_WINNERS = 10;

type Row = [name: string, value: string];

export const modeText = (mode: string): string => MODES[mode as keyof typeof MODES] ?? mode;

export const totalRows = ({ totals }: Cascade): Row[] => [
  ["accounts liquidated", totals.account_count.toLocaleString("en-US")],
  ["sent to the book", `${usd(totals.sent)} in ${totals.orders} orders`],
  ["filled", `${usd(totals.filled)}, slippage ${usd(totals.slippage, 3)}`],
  ["backstop", `${usd(totals.backstop)} in ${totals.takeovers} takeovers`],
  ["auto-deleveraged", `${usd(totals.adl)} in ${totals.adl_fills} fills`],
  ["vault equity", `${usd(totals.vault_equity_start, 3)} → ${usd(totals.vault_equity_end, 3)}`],
  ["uncovered", usd(totals.deficit)],
];

export const coinRows = (row: CoinOutcome): Row[] => [
  [`furthest mark of ${row.coin}`, formatPrice(row.extreme_mark)],
  ["without liquidations", formatPrice(row.calm_extreme_mark)],
  ["overshoot", distance(row.overshoot === null ? null : row.overshoot * 100)],
  ["widest gap", distance(row.widest_gap === null ? null : row.widest_gap * 100)],
  ["depth left at least", percent(row.lowest_withdrawal, 1)],
  ["branching n(p), peak", row.peak_branching === null ? "unknown" : row.peak_branching.toFixed(2)],
  ["clusters reached", String(row.reached.length)],
  [
    "next cluster",
    row.next_cluster === null
      ? "none on this side"
      : `${formatPrice(row.next_cluster.price_peak)}, ${usd(row.next_cluster.notional, 3)}`,
  ],
];

/** Of the coin: from which mark, and USD filled, taken over and auto-deleveraged there; the largest, by price. */
export function levelRows(cascade: Cascade): string[][] {
  const { per_level: all } = cascade;
  const sum = (row: number) => (all.filled[row] ?? 0) + (all.backstop[row] ?? 0) + (all.adl[row] ?? 0);
  return all.coin
    .map((coin, row) => (coin === cascade.coin ? row : -1))
    .filter((row) => row >= 0 && sum(row) > 0)
    .sort((a, b) => sum(b) - sum(a))
    .slice(0, MAX_LEVELS)
    .sort((a, b) => (all.price_low[b] ?? 0) - (all.price_low[a] ?? 0))
    .map((row) => [
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

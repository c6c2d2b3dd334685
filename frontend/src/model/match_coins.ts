/** Coins that fit what was typed. */

import type { CoinRow } from "../api/schema";

const MAX_OPTIONS = 60;

/** Coins whose name holds the text; those that start with it first, order kept otherwise. */
export function matchCoins(coins: readonly CoinRow[], text: string): CoinRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return coins.slice(0, MAX_OPTIONS);
  const place = (row: CoinRow) => row.coin.toLowerCase().indexOf(wanted);
  const exact = (row: CoinRow) => (row.coin.toLowerCase() === wanted ? 0 : place(row) === 0 ? 1 : 2);
  return coins
    .filter((row) => place(row) >= 0)
    .sort((a, b) => exact(a) - exact(b))
    .slice(0, MAX_OPTIONS);
}

/** Which levels of a simulation a table shows. */

const MAX_LEVELS = 12;

interface Levels {
  readonly coin: readonly string[];
  readonly price_low: readonly number[];
}

/** Rows of a coin in columns of all coins. */
export const rowsOfCoin = (coins: readonly string[], coin: string): number[] =>
  coins.flatMap((name, row) => (name === coin ? [row] : []));

/** Some of its rows: the largest, from the highest price down. */
export const largestLevels = (levels: Levels, rows: readonly number[], size: (row: number) => number): number[] =>
  [...rows]
    .sort((a, b) => size(b) - size(a))
    .slice(0, MAX_LEVELS)
    .sort((a, b) => (levels.price_low[b] ?? 0) - (levels.price_low[a] ?? 0));

/** What accounts that a reader follows hold: their levels and entries as lines of a map, and the nearest of all coins. */

import type { AccountAnswer, Side } from "../api/schema";
import { shortAddress } from "../format/address";
import { formatPrice } from "../format/price";
import { distance, percent } from "../format/usd";

export interface SavedWallet {
  readonly address: string;
  /** Empty: its address is its name. */
  readonly name: string;
  readonly isShown: boolean;
}

/** The server's answer, or why there is none. */
export type WalletAnswers = ReadonlyMap<string, AccountAnswer | string>;

export interface WalletLine {
  readonly kind: "level" | "entry";
  readonly price: number;
  /** Which of the colours: the account's place in the list. */
  readonly slot: number;
  readonly text: string;
}

/** A position of one of them. */
export interface WalletHolding {
  readonly wallet: SavedWallet;
  readonly slot: number;
  readonly coin: string;
  readonly side: Side;
  readonly size: number;
  readonly notional: number | null;
  readonly entry: number | null;
  /** null: none, unknown, or not liquidated in practice. */
  readonly level: number | null;
  /** Why there is none; ok: there is. */
  readonly status: string;
  readonly distancePercent: number | null;
  readonly isInDoubt: boolean;
}

/** Its part of the coin's levels near its own, 0 to 1; null where those are not at hand. */
export type ShareOf = (holding: WalletHolding) => number | null;

export const nameOf = (wallet: SavedWallet): string => wallet.name || shortAddress(wallet.address);

/** All positions of the accounts that are shown, the nearest level first, those without one last. */
export function nearestFirst(saved: readonly SavedWallet[], answers: WalletAnswers): WalletHolding[] {
  const away = (holding: WalletHolding): number =>
    holding.status === "insolvent" ? 0 : Math.abs(holding.distancePercent ?? Number.POSITIVE_INFINITY);
  return holdingsOf(saved, answers).sort((a, b) => {
    const [first, second] = [away(a), away(b)];
    return first === second ? (b.notional ?? 0) - (a.notional ?? 0) : first - second;
  });
}

function holdingsOf(saved: readonly SavedWallet[], answers: WalletAnswers): WalletHolding[] {
  return saved.flatMap((wallet, slot) => {
    const answer = answers.get(wallet.address);
    if (!wallet.isShown || answer === undefined || typeof answer === "string") return [];
    return answer.pools.flatMap((pool) =>
      pool.positions.map((row) => {
        const isOk = row.level_status === "ok" && !pool.is_exempt;
        return {
          wallet,
          slot,
          coin: row.coin,
          side: row.side,
          size: row.size,
          notional: row.notional,
          entry: row.entry_price,
          level: isOk ? row.liquidation_price : null,
          status: pool.is_exempt ? "exempt" : row.level_status,
          distancePercent: isOk ? row.distance_percent : null,
          isInDoubt: pool.is_in_doubt === true,
        };
      }),
    );
  });
}

/** Lines of one coin: a level for each position that has one, and where it was entered. */
export function walletLines(
  saved: readonly SavedWallet[],
  answers: WalletAnswers,
  coin: string,
  shareOf: ShareOf,
): WalletLine[] {
  return holdingsOf(saved, answers)
    .filter((holding) => holding.coin === coin)
    .flatMap((holding) => {
      const { slot, level, entry } = holding;
      const who = `${holding.isInDoubt ? "⚠ " : ""}${nameOf(holding.wallet)}`;
      const side = holding.side === 1 ? "long" : "short";
      const lines: WalletLine[] = [];
      if (level !== null) {
        const share = shareOf(holding);
        const parts = [
          `${who}: ${side} liquidated at ${formatPrice(level)}`,
          distance(holding.distancePercent),
          ...(share === null ? [] : [`${percent(share)} of levels near`]),
        ];
        lines.push({ kind: "level", price: level, slot, text: parts.join(" · ") });
      }
      if (entry !== null && entry > 0)
        lines.push({ kind: "entry", price: entry, slot, text: `${who}: ${side} entry ${formatPrice(entry)}` });
      return lines;
    });
}

/** A line with the place of its label, CSS pixels of the pane. */
export interface PlacedLine {
  readonly line: WalletLine;
  /** null: outside of the pane, only its label is there. */
  readonly y: number | null;
  readonly labelY: number;
  readonly text: string;
}

/** Labels of lines outside of the pane, at each edge. */
const MAX_OUTSIDE = 3;

/** Lines in the pane, labels a row apart and inside; levels beyond an edge as labels there with an arrow, the nearest ones. */
export function placeLines(
  lines: readonly WalletLine[],
  yOf: (price: number) => number | null,
  height: number,
  rowHeight: number,
): PlacedLine[] {
  const inside: PlacedLine[] = [];
  const above: PlacedLine[] = [];
  const below: PlacedLine[] = [];
  for (const line of lines) {
    const y = yOf(line.price);
    if (y === null) continue;
    if (y >= 0 && y <= height) inside.push({ line, y, labelY: y, text: line.text });
    else if (line.kind === "level")
      (y < 0 ? above : below).push({ line, y: null, labelY: y, text: `${y < 0 ? "↑" : "↓"} ${line.text}` });
  }
  const near = (a: PlacedLine, b: PlacedLine): number => a.labelY - b.labelY;
  above.sort((a, b) => near(b, a));
  const placed = [...above.slice(0, MAX_OUTSIDE), ...inside, ...below.sort(near).slice(0, MAX_OUTSIDE)].sort(near);
  const rows: number[] = [];
  for (const { labelY } of placed)
    rows.push(Math.max(labelY, rowHeight / 2, (rows.at(-1) ?? Number.NEGATIVE_INFINITY) + rowHeight));
  for (let index = rows.length - 1, most = height - rowHeight / 2; index >= 0; index -= 1) {
    rows[index] = Math.min(rows[index] ?? most, most);
    most = (rows[index] ?? most) - rowHeight;
  }
  return placed.map((each, index) => ({ ...each, labelY: rows[index] ?? each.labelY }));
}

/** An account in one sentence. */

import type { AccountAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { distance, usd } from "../format/usd";

/** 3 positions worth $5.2M; the nearest liquidation is BTC long at 81,900, −5.2 % from now. */
export function accountSentence(answer: Pick<AccountAnswer, "pools">): string {
  const rows = answer.pools.flatMap((pool) => pool.positions.map((row) => ({ pool, row })));
  if (rows.length === 0) return "This address holds no position.";
  const isKnown = rows.every(({ row }) => row.notional !== null);
  const sum = rows.reduce((all, { row }) => all + (row.notional ?? 0), 0);
  const held = `${rows.length === 1 ? "1 position" : `${rows.length} positions`} worth ${usd(isKnown ? sum : null)}`;
  if (rows.some(({ row }) => row.level_status === "insolvent")) return `${held}; it can be liquidated at any time.`;
  const near = rows
    .filter(({ pool, row }) => !pool.is_exempt && row.level_status === "ok" && row.distance_percent !== null)
    .sort((a, b) => Math.abs(a.row.distance_percent ?? 0) - Math.abs(b.row.distance_percent ?? 0))[0]?.row;
  if (near !== undefined) {
    const side = near.side === 1 ? "long" : "short";
    return `${held}; the nearest liquidation is ${near.coin} ${side} at ${formatPrice(near.liquidation_price)}, ${distance(near.distance_percent)} from now.`;
  }
  if (answer.pools.every((pool) => pool.is_exempt)) return `${held}; it is not liquidated in practice.`;
  const isUnknown = rows.some(({ row }) => row.level_status === "unknown");
  return `${held}; ${isUnknown ? "its liquidation prices are unknown" : "no price of one coin alone liquidates it"}.`;
}

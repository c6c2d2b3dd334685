/** What happens to a position when price reaches its level, in sentences (docs/liquidation.md, Orders). */

import type { PoolPosition } from "../api/schema";
import { formatPrice, formatSize } from "../format/price";
import { distance, percent, usd } from "../format/usd";

type Row = Pick<
  PoolPosition,
  | "coin"
  | "side"
  | "size"
  | "level_status"
  | "liquidation_price"
  | "distance_percent"
  | "orders"
  | "backstop_price"
  | "bankruptcy_price"
>;

/** Seconds after a part was sent in which every order is for the whole rest (HL.DOC.LIQUIDATIONS). */
const COOLDOWN_S = 30;

/** At 81,900 (−5.2 % from now) a fifth is sold; for 30 s after that all of the rest; … One sentence a step. */
export function ladderSentences(row: Row): string[] {
  if (row.level_status === "no_level") return [`No price of ${row.coin} liquidates it while other prices stand still.`];
  if (row.level_status === "insolvent")
    return [
      `The rest of the account is below its maintenance margin at any price of ${row.coin}: it can go at any time.`,
    ];
  if (row.level_status !== "ok" || row.liquidation_price === null)
    return ["Its liquidation price is unknown: cash of the pool or a price that it needs is not known."];
  return [...orderSentences(row), ...endSentences(row)];
}

function orderSentences(row: Row): string[] {
  const [first, second] = row.orders;
  const verb = row.side === 1 ? "sold" : "bought back";
  const away = row.distance_percent === null ? "" : ` (${distance(row.distance_percent)} from now)`;
  const at = `At ${formatPrice(row.liquidation_price)}${away}`;
  const whole = Math.abs(row.size);
  if (first === undefined) return [`${at} it is liquidated.`];
  if (second === undefined)
    return [`${at} all of it, ${usd(first.notional, 3)}, is ${verb} in the order book at once.`];
  const rest = (whole - first.size) * first.price;
  const last = row.orders.at(-1) ?? second;
  const further = row.orders.length - 1;
  return [
    `${at} ${part(first.size / whole)} of it, ${formatSize(first.size)} ${row.coin} or ${usd(first.notional, 3)}, is ${verb} in the order book.`,
    `For ${COOLDOWN_S} s after that every order is for the whole rest: if price stays there, ${usd(rest, 3)} more are ${verb} at once.`,
    further === 1
      ? `If price turns back first, the rest is ${verb} at ${formatPrice(second.price)}.`
      : `If price turns back first, ${part(second.size / (whole - first.size))} of the rest is ${verb} at ${formatPrice(second.price)}, and so on: ${further} further orders, the last at ${formatPrice(last.price)}.`,
  ];
}

function endSentences(row: Row): string[] {
  const backstop =
    row.backstop_price === null
      ? []
      : [
          `At ${formatPrice(row.backstop_price)} its margin is two thirds of what is needed: what the order book did not take goes to the liquidator vault (backstop).`,
        ];
  const bankruptcy =
    row.bankruptcy_price === null
      ? []
      : [
          `At ${formatPrice(row.bankruptcy_price)} nothing of its margin is left (bankruptcy): beyond it, winners of the other side are closed (ADL).`,
        ];
  return [...backstop, ...bankruptcy];
}

const part = (share: number): string => (Math.abs(share - 0.2) < 0.001 ? "a fifth" : percent(share));

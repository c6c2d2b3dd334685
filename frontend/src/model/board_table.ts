/** The table of all coins: its columns, their order and which rows are shown. Unknown figures stand last. Pure. */

import type { BoardRow } from "../api/schema";
import { formatPrice } from "../format/price";
import { distance, percent, UNKNOWN, usd } from "../format/usd";
import { signedPercent } from "./context_series";

export const COLUMNS = [
  "coin",
  "price",
  "day",
  "long5",
  "short5",
  "interest",
  "funding",
  "long1",
  "short1",
  "long2",
  "short2",
  "near",
  "asymmetry",
  "risk",
  "deleveraging",
  "covered",
  "category",
] as const;
export type ColumnName = (typeof COLUMNS)[number];
/** What a narrow panel holds. */
export const FEW_COLUMNS: readonly ColumnName[] = ["coin", "price", "day", "long5", "short5"];

export interface BoardColumn {
  readonly label: string;
  /** What it is, in a sentence. */
  readonly meaning: string;
  /** What it is sorted by; null: unknown. */
  readonly value: (row: BoardRow) => number | string | null;
  readonly text: (row: BoardRow) => string;
  /** The side whose colour it has. */
  readonly side?: "long" | "short";
}

const near = (side: "long" | "short", within: "1" | "2" | "5"): BoardColumn => {
  const place = side === "long" ? 0 : 1;
  const value = (row: BoardRow): number | null => row.within?.[within]?.[place] ?? null;
  return {
    label: side === "long" ? `longs −${within} %` : `shorts +${within} %`,
    meaning: `USD of ${side}s that are liquidated before the price is ${within} % ${side === "long" ? "lower" : "higher"}.`,
    value,
    text: (row) => usd(value(row), 3),
    side,
  };
};

export const BOARD_COLUMNS: Readonly<Record<ColumnName, BoardColumn>> = {
  coin: { label: "coin", meaning: "Its name on the exchange.", value: (row) => row.coin, text: (row) => row.coin },
  price: {
    label: "price",
    meaning: "The mark price, that liquidations go by.",
    value: (row) => row.mark,
    text: (row) => (row.mark === null ? UNKNOWN : formatPrice(row.mark)),
  },
  day: {
    label: "24 h",
    meaning: "Change of the price in 24 hours.",
    value: (row) => row.change_24h_percent,
    text: (row) => (row.change_24h_percent === null ? UNKNOWN : distance(row.change_24h_percent)),
  },
  interest: {
    label: "open interest",
    meaning: "All open positions of one side, USD.",
    value: (row) => row.open_interest_usd,
    text: (row) => usd(row.open_interest_usd, 3),
  },
  funding: {
    label: "funding 8 h",
    meaning:
      "What longs pay shorts in 8 hours at the rate of the hour under way, or where that is not known of the last one; below zero shorts pay.",
    value: (row) => row.funding_now_8h ?? row.funding_8h,
    text: (row) => {
      const rate = row.funding_now_8h ?? row.funding_8h;
      return rate === null ? UNKNOWN : signedPercent(rate, 4);
    },
  },
  long1: near("long", "1"),
  short1: near("short", "1"),
  long2: near("long", "2"),
  short2: near("short", "2"),
  long5: near("long", "5"),
  short5: near("short", "5"),
  near: {
    label: "nearest large cluster",
    meaning: "The nearest cluster with at least 5 % of the USD in all levels of the coin; sorted by its distance.",
    value: (row) => (row.nearest_large === null ? null : Math.abs(row.nearest_large.distance_percent)),
    text: ({ nearest_large: one }) =>
      one === null
        ? "none"
        : `${one.side === 1 ? "longs" : "shorts"} ${usd(one.notional, 3)} at ${distance(one.distance_percent)}`,
  },
  asymmetry: {
    label: "asymmetry 5 %",
    meaning: "Levels within 5 %: +1 all above (shorts), −1 all below (longs), 0 equal.",
    value: (row) => row.imbalance_5,
    text: ({ imbalance_5: value, within }) =>
      value === null
        ? within === null
          ? UNKNOWN
          : "none near"
        : `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(value).toFixed(2)}`,
  },
  risk: {
    label: "at risk 5 %",
    meaning: "Part of all positions that are liquidated within 5 % of the price, as far as they are known.",
    value: (row) => row.risk_share,
    text: (row) => percent(row.risk_share, 1),
  },
  deleveraging: {
    label: "deleveraging risk",
    meaning: "SIMULATED: the part of its nearest large cluster that is closed against winners if that is reached.",
    value: (row) => row.deleveraging_risk,
    text: (row) => percent(row.deleveraging_risk, 1),
  },
  covered: {
    label: "known",
    meaning: "Part of the open interest that the known positions make up.",
    value: (row) => row.coverage,
    text: (row) => percent(row.coverage),
  },
  category: {
    label: "category",
    meaning: "What the market follows, as the exchange says, or the name of the dex that runs it.",
    value: (row) => categoryOf(row),
    text: (row) => categoryOf(row) ?? "not told",
  },
};

/** null: of the exchange itself, which tells none. */
export const categoryOf = (row: BoardRow): string | null => row.category ?? (row.dex === "" ? null : `dex ${row.dex}`);

export const categoriesOf = (rows: readonly BoardRow[]): string[] =>
  [...new Set(rows.flatMap((row) => categoryOf(row) ?? []))].sort();

export interface BoardOrder {
  readonly by: ColumnName;
  readonly isDescending: boolean;
}

/** A click on a column: words from A, figures from the largest; the same column again turns it round. */
export function nextOrder(order: BoardOrder, by: ColumnName): BoardOrder {
  if (order.by === by) return { by, isDescending: !order.isDescending };
  return { by, isDescending: by !== "coin" && by !== "category" && by !== "near" };
}

/** Favourites first, each part in order; unknown figures last, whichever way it goes. */
export function sortBoard(
  rows: readonly BoardRow[],
  { by, isDescending }: BoardOrder,
  favourites: ReadonlySet<string>,
): BoardRow[] {
  const { value } = BOARD_COLUMNS[by];
  const way = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: value(row), place: favourites.has(row.coin) ? 0 : 1 }))
    .sort((a, b) => {
      if (a.place !== b.place) return a.place - b.place;
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      if (typeof a.value === "string") return way * a.value.localeCompare(String(b.value));
      return way * (a.value - Number(b.value));
    })
    .map(({ row }) => row);
}

/** Of a category ("": all), and with the text in their name or category. */
export function filterBoard(rows: readonly BoardRow[], text: string, category: string): BoardRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter((row) => {
    const own = categoryOf(row);
    if (category !== "" && own !== category) return false;
    return row.coin.toLowerCase().includes(wanted) || (own?.toLowerCase().includes(wanted) ?? false);
  });
}

/** The five steps of the guide: what each points at, and what it says with the coin's own figures. No element, no claim. */

import type { AsymmetryRow, Cluster } from "../api/schema";
import { formatPrice } from "../format/price";
import { distance, usd } from "../format/usd";
import { heldText } from "./held";

/** What the words are filled with; null: not known, and then no figure is said. */
export interface GuideFigures {
  readonly coin: string;
  readonly mark: number | null;
  readonly clusters: readonly Cluster[];
  readonly balance: readonly AsymmetryRow[];
}

export interface GuideStep {
  readonly title: string;
  readonly text: string;
  /** Elements that it points at, the first that is on screen. */
  readonly at: readonly string[];
}

const NEAR_PERCENT = 10;
/** Of the rows of the balance, the one that is told. */
const BALANCE_PERCENT = 5;

export function guideSteps(figures: GuideFigures): GuideStep[] {
  const { coin, mark } = figures;
  const near = figures.clusters.filter((cluster) => Math.abs(cluster.distance_percent) <= NEAR_PERCENT);
  const largest = largestOf(near);
  const now = mark === null ? "the price" : `the price, ${formatPrice(mark)}`;
  return [
    {
      title: "A bright band",
      text:
        "Each row is a small step of price, each column a moment. The brighter a cell, the more USD of positions have their liquidation price there." +
        (largest === null
          ? ""
          : ` The largest band of ${coin} near the price: ${usd(largest.notional, 3)} at ${formatPrice(largest.price_peak)}, ${distance(largest.distance_percent)} from now.`),
      at: ["#chart"],
    },
    {
      title: "Two sides",
      text:
        `Below ${now}, stand longs: there they are sold by force. Above it stand shorts: there they are bought back by force. ` +
        `${sideText("below", largestOf(near.filter((each) => each.side === 1)))}${sideText("above", largestOf(near.filter((each) => each.side === -1)))}The bars at the left say how much stands at each price now.`,
      at: ["#profile", "#chart"],
    },
    {
      title: "The balance",
      text: `${balanceText(coin, figures.balance)} More on one side says where more orders are forced if price gets there, not that it gets there.`,
      at: ["#asymmetry", "#chart"],
    },
    {
      title: "Bands move and age",
      text:
        "A level moves when its owner adds margin, trades, pays funding or holds other coins that move. A band that reaches far to the left has stood there long; one that ends was closed, moved or liquidated." +
        (largest === null || heldText(largest) === null
          ? ""
          : ` The one at ${formatPrice(largest.price_peak)}: ${heldText(largest)}.`),
      at: ["#clusters", "#chart"],
    },
    {
      title: "What a band is not",
      text: "It is no order in the book and no promise. Owners close or add margin before price gets there, and large positions are sold in parts. Part of the market is not known here: the line above says how much is.",
      at: ["#standing"],
    },
  ];
}

const largestOf = (clusters: readonly Cluster[]): Cluster | null =>
  clusters.reduce<Cluster | null>((most, each) => (most === null || each.notional > most.notional ? each : most), null);

const sideText = (where: string, cluster: Cluster | null): string =>
  cluster === null ? "" : `Most ${where}: ${usd(cluster.notional, 3)} at ${formatPrice(cluster.price_peak)}. `;

function balanceText(coin: string, rows: readonly AsymmetryRow[]): string {
  const row = rows.find((each) => each.distance_percent === BALANCE_PERCENT) ?? rows.at(-1);
  if (row === undefined) return "Here longs below the price stand beside shorts above it, within the same distance.";
  const [below, above] = [usd(row.long_below_notional, 3), usd(row.short_above_notional, 3)];
  return `Within ${row.distance_percent} % of the price of ${coin}, ${below} of longs stand below and ${above} of shorts above.`;
}

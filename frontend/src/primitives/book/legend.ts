/** What the layer shows, in words and colours: a legend's component draws it. */

import { usd } from "../../format/usd";
import type { Theme } from "../heatmap/palette";
import { alphaOf, BOOK_COLOURS, cssOf } from "./colours";
import type { BookLayer, BookScale, BookSide } from "./data";
import { THICK, THIN } from "./ribbons";

export interface BookLegendSide {
  readonly side: BookSide;
  readonly text: string;
  readonly colour: string;
}

export interface BookLegend {
  readonly title: string;
  /** Where the orders are known from. */
  readonly source: string;
  readonly sides: readonly BookLegendSide[];
  /** How amounts are told: of ribbons, of cells, or both; none where nothing is loaded. */
  readonly amounts: readonly BookLegendAmounts[];
  /** What is not shown, and that none of it is liquidations. */
  readonly notes: readonly string[];
}

export interface BookLegendAmounts {
  /** Width of a ribbon, or strength of a cell. */
  readonly by: "width" | "strength";
  readonly unit: string;
  readonly little: string;
  readonly much: string;
  /** CSS pixels of the ribbons, or strengths 0..1 of the cells. */
  readonly littleMark: number;
  readonly muchMark: number;
}

const CELLS = "whole order books of an archive, 20 prices a side";
const RIBBONS = "USD within 0.5, 1 and 2 % of the middle price";

function sourceOf({ kind, cells, rings }: BookLayer): string {
  if (kind === null) return "not loaded";
  const whose = kind === "sandbox" ? "order books of the simulated exchange" : "order books followed live";
  const parts = cells === null ? [] : [CELLS];
  if (rings.length > 0) parts.push(cells === null ? `${whose}: ${RIBBONS}` : `ribbons: ${RIBBONS}`);
  return parts.join("; ");
}

/** The legend of a layer. */
export function bookLegend(layer: BookLayer, theme: Theme): BookLegend {
  const colours = BOOK_COLOURS[theme];
  const isCells = layer.cells !== null;
  const notes = [
    "Resting orders are offers to trade. Nobody is liquidated there, and they are not added to the levels.",
  ];
  if (layer.note !== null) notes.push(layer.note);
  if (isCells) notes.push("Beyond the thin lines nothing was seen: not loaded, not empty.");
  if (layer.kind !== null && layer.holes.length > 0) {
    notes.push("A dashed line at the bottom: no order book is loaded for that time.");
  }
  return {
    title: "Resting orders",
    source: sourceOf(layer),
    sides: [
      { side: "bid", text: "Offers to buy, below the price", colour: cssOf(colours.bid) },
      { side: "ask", text: "Offers to sell, above the price", colour: cssOf(colours.ask) },
    ],
    amounts: layer.scale === null ? [] : amountsOf(layer, layer.scale),
    notes,
  };
}

function amountsOf({ rings, cells }: BookLayer, { low, high }: BookScale): BookLegendAmounts[] {
  const words = { unit: "USD per 0.1 % of price", little: `${usd(low)} or less`, much: `${usd(high)} or more` };
  const amounts: BookLegendAmounts[] = [];
  if (rings.length > 0) amounts.push({ ...words, by: "width", littleMark: THIN, muchMark: THICK });
  if (cells !== null)
    amounts.push({ ...words, by: "strength", littleMark: alphaOf(0) / 255, muchMark: alphaOf(1) / 255 });
  return amounts;
}

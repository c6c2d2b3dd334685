/** What the layer knows of a time and a price: for the tooltip, in numbers. No canvas. */

import { at, type BookLayer, type BookSide, rowPrice } from "./data";

export interface BookReading {
  readonly side: BookSide;
  /** cell: USD in the row; near: USD of all orders from the mid up to `outer` percent away. */
  readonly what: "cell" | "near";
  readonly usd: number;
  readonly density: number;
  /** Of "near": the ring that the price is in, percent from the mid. */
  readonly inner: number | null;
  readonly outer: number | null;
}

/** null where nothing is loaded, or the price is further out than was seen. */
export function readingAt(layer: BookLayer, timeMs: number, price: number): BookReading | null {
  const column = Math.floor((timeMs - layer.startMs) / layer.stepMs);
  if (column < 0 || column >= layer.columns || !(price > 0)) return null;
  return cellAt(layer, column, price) ?? ringAt(layer, column, price);
}

function cellAt({ cells }: BookLayer, column: number, price: number): BookReading | null {
  if (cells === null) return null;
  const row = Math.floor(Math.log(price) / cells.logHeight) - cells.firstBand;
  const isSeen =
    rowPrice(cells, row) <= at(cells.seenHigh, column) && rowPrice(cells, row + 1) > at(cells.seenLow, column);
  if (!isSeen || row < 0 || row >= cells.rows) return null;
  const found = (["bid", "ask"] as const).map((side) => ({
    side,
    density: cells[side].find((cell) => cell[0] === column && cell[1] === row)?.[2] ?? 0,
  }));
  // A row around the mid holds both: the larger one is told.
  const largest = found.reduce((most, each) => (each.density > most.density ? each : most));
  const units = cells.logHeight / Math.log(1.001);
  return { ...largest, what: "cell", usd: largest.density * units, inner: null, outer: null };
}

function ringAt(layer: BookLayer, column: number, price: number): BookReading | null {
  const mid = at(layer.mid, column);
  if (!(mid > 0)) return null;
  const side: BookSide = price < mid ? "bid" : "ask";
  const away = 100 * Math.abs(price / mid - 1);
  const ring = layer.rings.find((each) => each.side === side && away <= each.outer);
  if (ring === undefined || Number.isNaN(at(ring.usd, column))) return null;
  const { inner, outer } = ring;
  return { side, what: "near", usd: at(ring.usd, column), density: at(ring.density, column), inner, outer };
}

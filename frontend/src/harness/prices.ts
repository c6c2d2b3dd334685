/** The chart moved up and down at any price, as the keys and a click on a cluster move it. */

import type { CandleRow } from "../api/schema";
import { MapChart } from "../chart/chart";
import { gridOf } from "../model/candles";
import { type PriceSpan, spanWith } from "../model/price_span";

const STEP_MS = 60_000;
const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % STEP_MS);
const BARS = 120;

export interface Step {
  /** What the chart says it shows, and what its pixels say. */
  readonly said: PriceSpan | null;
  readonly top: number | null;
  readonly bottom: number | null;
  /** What the price axis says: prices with their distance from the mark. */
  readonly ticks: readonly string[];
}

/**
 * What is shown at first, after each move (a share of the span, or a span brought into view), and again when the scale
 * follows the candles.
 */
export async function moveThrough(
  price: number,
  moves: readonly (number | PriceSpan)[],
  mark: number | null = null,
): Promise<Step[]> {
  const box = document.createElement("div");
  box.style.width = "700px";
  box.style.height = "400px";
  document.body.replaceChildren(box);
  const chart = new MapChart(box, "dark", { onPointer: () => {}, onClick: () => {}, onView: () => {} });
  const rows = Array.from({ length: BARS }, (_, index): CandleRow => {
    const open = price * (1 + 0.03 * Math.sin(index / 9));
    const close = price * (1 + 0.03 * Math.sin((index + 1) / 9));
    return [START_MS + index * STEP_MS, open, Math.max(open, close), Math.min(open, close), close];
  });
  chart.setBars(gridOf(rows, STEP_MS, START_MS, START_MS + BARS * STEP_MS));
  chart.showRange(START_MS, START_MS + BARS * STEP_MS);
  chart.setMark(mark);
  const steps = [await stepOf(chart)];
  for (const move of moves) {
    if (typeof move === "number") chart.pan(0, move);
    else chart.setPrices(spanWith(chart.visiblePrices() ?? move, move));
    steps.push(await stepOf(chart));
  }
  chart.followPrice();
  steps.push(await stepOf(chart));
  return steps;
}

async function stepOf(chart: MapChart): Promise<Step> {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  const said = chart.visiblePrices();
  return {
    said,
    top: said === null ? null : chart.yOf(said.high),
    bottom: said === null ? null : chart.yOf(said.low),
    ticks: (chart.element.dataset.ticks ?? "").split("|").filter((text) => text !== ""),
  };
}

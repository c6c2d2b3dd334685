/** Panning and zooming with and without the heatmap, in turns in one run. */

import type { CandleRow } from "../api/schema";
import { MapChart } from "../chart/chart";
import { gridOf } from "../model/candles";
import { scaleOf } from "../primitives/heatmap/scale";
import { madeUpWindow, random } from "./made_up";

export interface BenchmarkResult {
  readonly cells: number;
  readonly textureMs: number;
  readonly draws: number;
  readonly scriptMsPerDraw: number;
  readonly framesPerSecondHeat: number;
  readonly framesPerSecondCandles: number;
  /** Of the frame rates: with the heatmap over candles alone. */
  readonly share: number;
}

const COLUMNS = 1_500;
const ROWS = 500;
const STEP_MS = 60_000;
const START_MS = 1_700_000_000_000 - (1_700_000_000_000 % STEP_MS);
const LEVEL = 1;

export async function benchmark(rounds: number, framesPerRound: number): Promise<BenchmarkResult> {
  const box = document.createElement("div");
  box.style.width = "1400px";
  box.style.height = "800px";
  document.body.replaceChildren(box);
  const chart = new MapChart(box, "dark", { onPointer: () => {}, onClick: () => {}, onView: () => {} });
  const middle = Math.round(Math.log(50_000) / Math.log1p(0.0005) / 2 ** LEVEL);
  const window = madeUpWindow({
    rows: ROWS,
    columns: COLUMNS,
    density: 0.5,
    holes: [],
    startMs: START_MS,
    stepMs: STEP_MS,
    firstBand: middle - ROWS / 2,
    level: LEVEL,
  });
  chart.setBars(gridOf(madeUpCandles(), STEP_MS, START_MS, START_MS + COLUMNS * STEP_MS));
  chart.showRange(START_MS, START_MS + COLUMNS * STEP_MS);
  const options = {
    mode: "both",
    palette: "thermal",
    theme: "dark",
    threshold: 0,
    scale: scaleOf(window, "log"),
  } as const;
  const started = performance.now();
  chart.heat.setWindow(window, options, "#333333");
  const textureMs = performance.now() - started;
  await frames(chart, 30);
  const seconds = { heat: 0, candles: 0 };
  chart.heat.statistics.draws = 0;
  chart.heat.statistics.scriptMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    chart.heat.setWindow(null, options, "#333333");
    await frames(chart, 10);
    seconds.candles += await frames(chart, framesPerRound);
    chart.heat.setWindow(window, options, "#333333");
    await frames(chart, 10);
    seconds.heat += await frames(chart, framesPerRound);
  }
  const { draws, scriptMs } = chart.heat.statistics;
  const total = rounds * framesPerRound;
  return {
    cells: ROWS * COLUMNS,
    textureMs,
    draws,
    scriptMsPerDraw: scriptMs / draws,
    framesPerSecondHeat: total / seconds.heat,
    framesPerSecondCandles: total / seconds.candles,
    share: seconds.candles / seconds.heat,
  };
}

/** Seconds that `count` frames take while panning left and right and zooming in and out. */
async function frames(chart: MapChart, count: number): Promise<number> {
  const started = performance.now();
  for (let frame = 0; frame < count; frame += 1) {
    const phase = Math.floor(frame / 10) % 4;
    if (phase === 0) chart.pan(0.02, 0);
    else if (phase === 1) chart.zoom(0.96);
    else if (phase === 2) chart.pan(-0.02, 0);
    else chart.zoom(1 / 0.96);
    await new Promise(requestAnimationFrame);
  }
  return (performance.now() - started) / 1000;
}

function madeUpCandles(): CandleRow[] {
  const next = random(11);
  let price = 50_000;
  return Array.from({ length: COLUMNS }, (_, index) => {
    const open = price;
    price *= Math.exp((next() - 0.5) * 0.004);
    return [START_MS + index * STEP_MS, open, Math.max(open, price) * 1.0005, Math.min(open, price) * 0.9995, price];
  });
}

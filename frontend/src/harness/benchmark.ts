/** Panning and zooming with and without the heatmap, in turns in one run. */

import type { CandleRow } from "../api/schema";
import { MapChart } from "../chart/chart";
import { gridOf } from "../model/candles";
import type { HeatmapWindow } from "../model/window";
import type { HeatLook } from "../primitives/heatmap/raster";
import type { HeatPainter } from "../worker/painter";
import { bytesOf, madeUpWindow, random } from "./made_up";
import { painterOf } from "./pixels";

export interface BenchmarkResult {
  readonly cells: number;
  /** A picture of new cells made on the main thread. */
  readonly textureMs: number;
  /** Script of the main thread for a picture of new cells made by the worker, for new colours of cells it holds, and until it is there. */
  readonly paintMs: number;
  /** The same of a window that was not opened by the worker: its cells are copied to it. */
  readonly copyMs: number;
  readonly repaintMs: number;
  readonly waitMs: number;
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
/** Pictures made each way, in turns. */
const TEXTURES = 15;

export async function benchmark(
  rounds: number,
  framesPerRound: number,
  workerScript: string,
): Promise<BenchmarkResult> {
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
  const look = {
    mode: "both",
    palette: "thermal",
    theme: "dark",
    threshold: 0,
    scale: { low: 2e4, high: 9e6 },
  } as const;
  const painter = painterOf(workerScript);
  const here = painterOf(null);
  const times = {
    here: [] as number[],
    paint: [] as number[],
    copy: [] as number[],
    repaint: [] as number[],
    wait: [] as number[],
  };
  await paint(painter, window, 0);
  for (let round = 0; round < TEXTURES; round += 1) {
    times.here.push((await paint(here, { ...window }, round)).scriptMs);
    const before = painter.statistics.scriptMs;
    const fresh = await painter.open(bytesOf(window));
    const first = await paint(painter, fresh, round);
    times.paint.push(painter.statistics.scriptMs - before);
    times.copy.push((await paint(painter, { ...window }, round)).scriptMs);
    times.wait.push(first.waitMs);
    times.repaint.push((await paint(painter, fresh, round + 1)).scriptMs);
  }
  chart.heat.usePainter(painter);
  await shown(chart, window, look);
  await frames(chart, 30);
  const seconds = { heat: 0, candles: 0 };
  chart.heat.statistics.draws = 0;
  chart.heat.statistics.scriptMs = 0;
  for (let round = 0; round < rounds; round += 1) {
    chart.heat.show(null, look, "#333333");
    await frames(chart, 10);
    seconds.candles += await frames(chart, framesPerRound);
    await shown(chart, window, look);
    await frames(chart, 10);
    seconds.heat += await frames(chart, framesPerRound);
  }
  const { draws, scriptMs } = chart.heat.statistics;
  const total = rounds * framesPerRound;
  return {
    cells: ROWS * COLUMNS,
    textureMs: median(times.here),
    paintMs: median(times.paint),
    copyMs: median(times.copy),
    repaintMs: median(times.repaint),
    waitMs: median(times.wait),
    draws,
    scriptMsPerDraw: scriptMs / draws,
    framesPerSecondHeat: total / seconds.heat,
    framesPerSecondCandles: total / seconds.candles,
    share: seconds.candles / seconds.heat,
  };
}

/** Script on the main thread, and time until the picture is there. */
async function paint(
  painter: HeatPainter,
  window: HeatmapWindow,
  round: number,
): Promise<{ scriptMs: number; waitMs: number }> {
  const before = painter.statistics.scriptMs;
  const started = performance.now();
  const scale = { low: 2e4 * (1 + round / 100), high: 9e6 };
  await painter.paint(window, {
    mode: "both",
    palette: "thermal",
    theme: "dark",
    threshold: 0,
    scale,
    bands: 2 ** LEVEL,
  });
  return { scriptMs: painter.statistics.scriptMs - before, waitMs: performance.now() - started };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

const shown = (chart: MapChart, window: HeatmapWindow, look: HeatLook): Promise<void> =>
  new Promise((resolve) => {
    chart.heat.onPainted = resolve;
    chart.heat.show(window, look, "#333333");
  });

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

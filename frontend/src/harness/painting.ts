/** What the painter does when requests overtake each other, answers are broken, or there is no worker. */

import type { RasterOptions } from "../primitives/heatmap/raster";
import type { HeatPainter } from "../worker/painter";
import { bytesOf, madeUpWindow } from "./made_up";
import { painterOf } from "./pixels";

const WINDOW = madeUpWindow({
  rows: 40,
  columns: 60,
  density: 0.5,
  holes: [],
  startMs: 0,
  stepMs: 60_000,
  firstBand: 300,
  level: 1,
});
const OPTIONS: RasterOptions = {
  mode: "both",
  palette: "thermal",
  theme: "dark",
  threshold: 0,
  scale: { low: 1e4, high: 1e6 },
  bands: 2,
};

export interface Painting {
  readonly isOffThread: boolean;
  /** Of three requests at once: which were painted. */
  readonly painted: readonly boolean[];
  /** The window that the worker opened has the cells of the answer. */
  readonly isSame: boolean;
  /** It was painted after as many others had been opened as the worker does not keep. */
  readonly isPaintedLate: boolean;
  /** What is said of an answer that is cut. */
  readonly refusal: string;
}

export async function painting(workerScript: string | null): Promise<Painting> {
  const painter = painterOf(workerScript);
  const three = await Promise.all([1, 2, 3].map(() => painter.paint(WINDOW, OPTIONS)));
  const opened = await painter.open(bytesOf(WINDOW));
  for (let other = 0; other < 5; other += 1) await painter.open(bytesOf(WINDOW));
  const result = {
    isOffThread: painter.isOffThread,
    painted: three.map((each) => each !== null),
    isSame: opened.long.length > 0 && opened.long.every((usd, index) => usd === WINDOW.long[index]),
    isPaintedLate: (await painter.paint(opened, OPTIONS)) !== null,
    refusal: await refusalOf(painter),
  };
  painter.close();
  return result;
}

async function refusalOf(painter: HeatPainter): Promise<string> {
  try {
    await painter.open(bytesOf(WINDOW).slice(0, -8));
    return "";
  } catch (error) {
    return error instanceof RangeError ? error.message : `not a RangeError: ${String(error)}`;
  }
}

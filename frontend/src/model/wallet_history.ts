/** The level of an account's position through time, as steps of a line with holes. */

import type { AccountHistoryAnswer } from "../api/schema";
import type { TimeSpan } from "./candle_plan";

export interface LevelStep {
  readonly startMs: number;
  readonly endMs: number;
  readonly price: number;
}

type History = Pick<AccountHistoryAnswer, "start_ms" | "step_ms" | "liquidation_price">;

/** Neighbouring columns with a level; where there is none, or none is known, a line ends. */
export function levelRuns(history: History): LevelStep[][] {
  const runs: LevelStep[][] = [];
  let run: LevelStep[] = [];
  history.liquidation_price.forEach((price, column) => {
    if (price === null) {
      run = [];
      return;
    }
    if (run.length === 0) runs.push(run);
    const startMs = history.start_ms + column * history.step_ms;
    run.push({ startMs, endMs: startMs + history.step_ms, price });
  });
  return runs;
}

/** A span that holds what is on screen and stays the same while the view moves a little: few questions. */
export function steadySpan({ startMs, endMs }: TimeSpan): TimeSpan {
  const size = 2 ** Math.ceil(Math.log2(Math.max(endMs - startMs, 1)));
  const start = Math.floor(startMs / (size / 2)) * (size / 2);
  return { startMs: Math.max(start, 0), endMs: start + 1.5 * size };
}

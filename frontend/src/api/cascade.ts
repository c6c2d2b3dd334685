/** GET /api/v1/cascade: a simulation as lines of JSON. */

import { ApiError, ROOT } from "./client";
import type {
  CascadeAnswer,
  CascadeDone,
  CascadeFailed,
  CascadePreparing,
  CascadeProgress,
  CoinOutcome,
  EnsembleAnswer,
} from "./openapi";

export interface CascadeQuestion {
  readonly coin: string;
  readonly target_price?: number;
  readonly mode: string;
  readonly shock: string;
  readonly minutes: number;
  /** Runs; more than one is an ensemble. */
  readonly paths?: number;
  /** Take the known stops and take-profits along. */
  readonly stops?: boolean;
  /** From an earlier moment, ms. */
  readonly at?: number;
}

export type Cascade = CascadeAnswer;
export type Ensemble = EnsembleAnswer;
/** A run, and of several runs the others' quantiles: then it is the run with nothing drawn. */
export interface Simulated {
  readonly cascade: Cascade;
  readonly ensemble: Ensemble | null;
}
export type { CascadePreparing, CascadeProgress, CoinOutcome };

type Message = CascadePreparing | CascadeProgress | CascadeDone | CascadeFailed;

/** Puts pieces of text together to whole lines. */
export class Lines {
  private rest = "";

  /** The lines that are whole now. */
  push(text: string): string[] {
    const parts = (this.rest + text).split("\n");
    this.rest = parts.pop() ?? "";
    return parts.filter((line) => line !== "");
  }
}

/** Runs a simulation on the server; aborting the signal ends it there too. */
export async function simulate(
  question: CascadeQuestion,
  onProgress: (progress: CascadeProgress | CascadePreparing) => void,
  signal: AbortSignal,
): Promise<Simulated> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(question)) if (value !== undefined) query.set(name, String(value));
  const response = await fetch(`${ROOT}/cascade?${query.toString()}`, { signal });
  if (!response.ok || response.body === null) throw new ApiError(await detailOf(response), response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const lines = new Lines();
  for (;;) {
    const { done, value } = await reader.read();
    for (const line of lines.push(done ? "\n" : value)) {
      const message = JSON.parse(line) as Message;
      if (message.type === "error") throw new ApiError(message.detail, 0);
      if (message.type === "progress" || message.type === "preparing") onProgress(message);
      else {
        const cascade = message.cascade ?? message.ensemble?.central ?? null;
        if (cascade !== null) return { cascade, ensemble: message.ensemble };
      }
    }
    if (done) throw new ApiError("the simulation ended without a result", 0);
  }
}

async function detailOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { detail?: string }).detail ?? `the server answered ${response.status}`;
  } catch {
    return `the server answered ${response.status}`;
  }
}

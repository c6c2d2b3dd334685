/** GET /api/v1/cascade: a simulation as lines of JSON. Only what the page shows is typed. */

import { ApiError, ROOT } from "./client";

export interface CascadeQuestion {
  readonly coin: string;
  readonly price?: number;
  readonly mode: string;
  readonly shock: string;
  readonly minutes: number;
}

export interface CascadeCluster {
  readonly side: number;
  readonly price_peak: number;
  readonly notional: number;
}

export interface CoinOutcome {
  readonly coin: string;
  readonly start_mark: number;
  readonly extreme_mark: number | null;
  readonly calm_extreme_mark: number | null;
  readonly overshoot: number | null;
  readonly widest_gap: number | null;
  readonly half_recovery_ms: number | null;
  readonly lowest_withdrawal: number | null;
  readonly peak_branching: number | null;
  readonly reached: readonly CascadeCluster[];
  readonly next_cluster: CascadeCluster | null;
  readonly sent: number;
  readonly filled: number;
  readonly backstop: number;
  readonly adl: number;
}

export interface CascadeTotals {
  readonly sent: number;
  readonly filled: number;
  readonly backstop: number;
  readonly adl: number;
  readonly accounts: number;
  readonly orders: number;
  readonly takeovers: number;
  readonly adl_fills: number;
  readonly slippage: number;
  readonly deficit: number;
  readonly vault_equity_start: number;
  readonly vault_equity_end: number;
}

export interface LevelColumns {
  readonly coin: readonly string[];
  readonly price_low: readonly number[];
  readonly price_high: readonly number[];
  readonly filled: readonly number[];
  readonly backstop: readonly number[];
  readonly adl: readonly number[];
}

export interface WinnerColumns {
  readonly address: readonly string[];
  readonly coin: readonly string[];
  readonly side: readonly number[];
  readonly size: readonly number[];
  readonly price: readonly number[];
}

export interface Cascade {
  readonly label: string;
  readonly coin: string;
  readonly mode: string;
  readonly as_of_ms: number;
  readonly horizon_ms: number;
  readonly assumptions: readonly string[];
  readonly totals: CascadeTotals;
  readonly coins: readonly CoinOutcome[];
  readonly first_adl_ms: number | null;
  readonly per_level: LevelColumns;
  readonly winners: WinnerColumns;
  readonly winner_count: number;
  readonly input: { readonly pools: number; readonly left_out_pools: number; readonly coverage: number | null };
}

export interface CascadeProgress {
  readonly type: "progress";
  readonly share: number;
  readonly filled: number;
  readonly backstop: number;
  readonly adl: number;
  readonly accounts: number;
}

/** The simulator is being compiled, once for the machine of the server. */
export interface CascadePreparing {
  readonly type: "preparing";
  readonly compiled: number;
  readonly functions: number;
}

type Message =
  | CascadePreparing
  | CascadeProgress
  | { readonly type: "result"; readonly cascade: Cascade | null }
  | { readonly type: "error"; readonly detail: string };

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
): Promise<Cascade> {
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
      else if (message.cascade !== null) return message.cascade;
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

/** Stored moments by question, some of them kept: play asks ahead, and steps go back and forth. */

import { fetchAsymmetry, fetchClusters, fetchFrame } from "../api/client";
import type { FrameAnswer, ViewFrame } from "../api/schema";
import { CurrentBands } from "../model/bands";
import type { Held } from "../model/held";
import type { Moment } from "./replay";

/** About 80 kB each of a large coin. */
const MAX_KEPT = 60;

export interface MomentQuestion {
  readonly coin: string;
  readonly timeMs: number;
  readonly held: Held;
  /** Level of the bands. */
  readonly level: number;
}

export class Moments {
  private readonly kept = new Map<string, Moment>();
  private readonly asked = new Map<string, Promise<Moment>>();

  /** Asked for once, however many want it; the question ends with `abort` only where it is the first one's own. */
  async of(question: MomentQuestion, abort?: AbortSignal): Promise<Moment> {
    const key = JSON.stringify(question);
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const under = this.asked.get(key);
    if (under !== undefined) return under;
    const asking = fetchMoment(question, abort);
    this.asked.set(key, asking);
    try {
      const moment = await asking;
      this.keep(key, moment);
      return moment;
    } finally {
      this.asked.delete(key);
    }
  }

  private keep(key: string, moment: Moment): void {
    this.kept.set(key, moment);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      this.kept.delete(oldest);
    }
  }
}

async function fetchMoment({ coin, timeMs, held, level }: MomentQuestion, abort?: AbortSignal): Promise<Moment> {
  const [frame, clusters, asymmetry] = await Promise.all([
    fetchFrame(coin, timeMs, level, abort),
    fetchClusters(coin, abort, "solo", held, timeMs),
    fetchAsymmetry(coin, abort, timeMs),
  ]);
  const bands = CurrentBands.of(frame.mark, frame.level, frame.bands, frame.bands.margin_source);
  return { coin, frame: viewOf(frame), bands, clusters, asymmetry };
}

/** As the stream tells it of the newest moment: whole, without an edge. */
function viewOf(frame: FrameAnswer): ViewFrame {
  const whole = { first_band: null, end_band: null, side: null, first_order_share: null, bands: null, changes: null };
  const { as_of_ms, coin, mark, oracle, open_interest, coverage, level, outside, totals, doubt } = frame;
  const { margin_source_share, oldest_age_ms, median_age_ms } = frame;
  return {
    ...{ as_of_ms, coin, mark, oracle, open_interest, coverage, level, outside, totals, doubt },
    ...{ margin_source_share, oldest_age_ms, median_age_ms, ...whole },
  };
}

/** The present moment with all coins moving: bands and clusters asked for beside the solo ones, and how they were made. */

import { fetchClusters, fetchJointFrame } from "../api/client";
import type { ClustersAnswer, JointFrame, JointNote } from "../api/schema";
import { CurrentBands } from "../model/bands";
import { spreadOf } from "../model/joint";
import { el } from "./dom";

export class JointLevels {
  bands: CurrentBands | null = null;
  clusters: ClustersAnswer | null = null;
  private note: JointNote | null = null;

  /** Ask for the newest moment of a coin; what was there stays until the answer comes. */
  async load(coin: string, signal?: AbortSignal): Promise<void> {
    const [frame, clusters] = await Promise.all([fetchJointFrame(coin, signal), fetchClusters(coin, signal, "joint")]);
    if (signal?.aborted === true) return;
    this.take(frame, clusters);
  }

  clear(): void {
    this.bands = this.clusters = this.note = null;
  }

  /** One paragraph: what is joint, what stays solo, where the betas are from. */
  render(line: HTMLElement, coin: string | null): void {
    if (coin === null || this.note === null) {
      line.replaceChildren("Joint levels are being worked out.");
      return;
    }
    const [headline, ...rest] = jointText(coin, this.note);
    line.replaceChildren(el("b", {}, headline ?? ""), ` ${rest.join(" ")}`);
  }

  private take(frame: JointFrame, clusters: ClustersAnswer): void {
    this.bands = new CurrentBands(frame.mark, frame.level, frame.bands, frame.bands.margin_source);
    this.clusters = clusters;
    this.note = frame.joint;
  }
}

const SOURCES: Readonly<Record<string, string>> = {
  factor: "the coin all others follow",
  estimated: "estimated",
  default: "no prices of its own: the default",
  user: "given by the user",
};

/** The sentences beside joint levels. */
export function jointText(coin: string, note: JointNote): string[] {
  const spread = spreadOf(note.spread);
  const beta = `${note.beta.toFixed(2)} when BTC falls, ${note.beta_up.toFixed(2)} when it rises`;
  return [
    "Joint: all coins move with BTC.",
    "Profile and clusters show the mark of this coin when each account is first liquidated, BTC falling or rising, whichever comes first; " +
      "the heatmap, the balance and the tooltip stay solo.",
    coin === "BTC" ? "" : `Beta of ${coin}: ${beta} (${SOURCES[note.beta_source] ?? note.beta_source}).`,
    `Betas: ${note.betas_origin}.`,
    spread === null
      ? ""
      : `Levels of ${coin} stand ${spread.percent.toFixed(2)} % from their solo place on average` +
        (spread.lostShare > 0
          ? `; ${(spread.lostShare * 100).toFixed(1)} % of the coins have none on this path.`
          : "."),
  ].filter((text) => text !== "");
}

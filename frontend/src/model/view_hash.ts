/** The part of the view that a link carries: #BTC&range=7d&side=split&levels=joint&held=1d. */

import { type Held, isHeld } from "./held";
import { isRange, type RangeName } from "./time_range";

export const MODES = ["both", "long", "short", "split"] as const;
export type Mode = (typeof MODES)[number];

/** solo: each coin moves alone. joint: all coins move with BTC. */
export const LEVELS = ["solo", "joint"] as const;
export type Levels = (typeof LEVELS)[number];

export interface LinkedView {
  readonly coin: string | null;
  readonly range: RangeName;
  readonly mode: Mode;
  readonly levels: Levels;
  /** Clusters are listed whose coins have stood there for so long. */
  readonly held: Held;
}

export const DEFAULT_VIEW: LinkedView = { coin: null, range: "7d", mode: "both", levels: "solo", held: "any" };

/** Unknown parts of a hash are ignored: an old link still opens. */
export function parseHash(hash: string): LinkedView {
  const [first = "", ...rest] = hash.replace(/^#/, "").split("&");
  let { range, mode, levels, held } = DEFAULT_VIEW;
  for (const part of rest) {
    const [name, value = ""] = part.split("=");
    if (name === "range" && isRange(value)) range = value;
    if (name === "side" && (MODES as readonly string[]).includes(value)) mode = value as Mode;
    if (name === "levels" && (LEVELS as readonly string[]).includes(value)) levels = value as Levels;
    if (name === "held" && isHeld(value)) held = value;
  }
  return { coin: first === "" ? null : safeDecode(first), range, mode, levels, held };
}

export function formatHash(view: LinkedView): string {
  const parts = [encodeURIComponent(view.coin ?? "")];
  if (view.range !== DEFAULT_VIEW.range) parts.push(`range=${view.range}`);
  if (view.mode !== DEFAULT_VIEW.mode) parts.push(`side=${view.mode}`);
  if (view.levels !== DEFAULT_VIEW.levels) parts.push(`levels=${view.levels}`);
  if (view.held !== DEFAULT_VIEW.held) parts.push(`held=${view.held}`);
  return `#${parts.join("&")}`;
}

function safeDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

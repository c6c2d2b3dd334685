/** The part of the view that a link carries: #BTC&range=7d&side=split&levels=joint. */

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
}

export const DEFAULT_VIEW: LinkedView = { coin: null, range: "7d", mode: "both", levels: "solo" };

/** Unknown parts of a hash are ignored: an old link still opens. */
export function parseHash(hash: string): LinkedView {
  const [first = "", ...rest] = hash.replace(/^#/, "").split("&");
  let { range, mode, levels } = DEFAULT_VIEW;
  for (const part of rest) {
    const [name, value = ""] = part.split("=");
    if (name === "range" && isRange(value)) range = value;
    if (name === "side" && (MODES as readonly string[]).includes(value)) mode = value as Mode;
    if (name === "levels" && (LEVELS as readonly string[]).includes(value)) levels = value as Levels;
  }
  return { coin: first === "" ? null : safeDecode(first), range, mode, levels };
}

export function formatHash(view: LinkedView): string {
  const parts = [encodeURIComponent(view.coin ?? "")];
  if (view.range !== DEFAULT_VIEW.range) parts.push(`range=${view.range}`);
  if (view.mode !== DEFAULT_VIEW.mode) parts.push(`side=${view.mode}`);
  if (view.levels !== DEFAULT_VIEW.levels) parts.push(`levels=${view.levels}`);
  return `#${parts.join("&")}`;
}

function safeDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

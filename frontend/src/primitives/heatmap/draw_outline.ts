/** Draws the edges of lone cells, and says of the widest that they are one account. */

import { type Edges, type Place, placeOn } from "./draw";
import { EDGE_NUMBERS } from "./outline";
import type { Theme } from "./palette";

const COLOURS: Readonly<Record<Theme, { readonly line: string; readonly halo: string }>> = {
  dark: { line: "#ffffff", halo: "#0a0e13" },
  light: { line: "#1b2530", halo: "#fbfcfd" },
};

const WORDS = "1 account";
/** CSS pixels: an edge that carries the words, and how far apart they stand; and how often they stand at most. */
const MIN_LABELLED = 120;
const APART = 28;
const MAX_LABELS = 3;

export interface Outlined {
  readonly outline: Int32Array;
  readonly columns: number;
  readonly theme: Theme;
}

export function drawOutline(
  context: CanvasRenderingContext2D,
  { outline, columns, theme }: Outlined,
  edges: Edges,
  size: { readonly width: number; readonly height: number },
  ratio: number,
): void {
  if (outline.length === 0) return;
  const place = placeOn(edges);
  const thick = Math.max(Math.round(ratio), 1);
  const shift = thick >> 1;
  const xOf = (column: number): number => place.left + Math.round((column * place.width) / columns);
  const labels: [number, number, number][] = [];
  context.beginPath();
  for (let index = 0; index < outline.length; index += EDGE_NUMBERS) {
    const [edge = 0, from = 0, past = 0, upright = 0] = outline.subarray(index, index + EDGE_NUMBERS);
    const left = upright === 1 ? xOf(edge) : Math.max(xOf(from), 0);
    const right = upright === 1 ? left : Math.min(xOf(past), size.width);
    const top = yOf(place, upright === 1 ? from : edge);
    const bottom = upright === 1 ? yOf(place, past) : top;
    if (right < 0 || left > size.width || right < left || bottom < 0 || top > size.height) continue;
    context.rect(left - shift, top - shift, right - left + thick, bottom - top + thick);
    if (upright === 0 && right - left >= MIN_LABELLED * ratio) labels.push([right - left, right, top]);
  }
  context.fillStyle = COLOURS[theme].line;
  context.fill();
  if (labels.length > 0) drawLabels(context, labels, theme, ratio);
}

/** The widest first, each clear of those before. */
function drawLabels(
  context: CanvasRenderingContext2D,
  labels: [number, number, number][],
  theme: Theme,
  ratio: number,
): void {
  labels.sort((a, b) => b[0] - a[0] || a[2] - b[2]);
  const taken: number[] = [];
  context.font = `600 ${Math.round(11 * ratio)}px system-ui, sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.lineJoin = "round";
  context.lineWidth = 3 * ratio;
  context.strokeStyle = COLOURS[theme].halo;
  for (const [, right, y] of labels) {
    if (taken.length === MAX_LABELS) return;
    if (taken.some((other) => Math.abs(other - y) < APART * ratio)) continue;
    taken.push(y);
    context.strokeText(WORDS, right - 4 * ratio, y - 2 * ratio);
    context.fillText(WORDS, right - 4 * ratio, y - 2 * ratio);
  }
}

/** Device pixel of the upper edge of a row, as drawTexture puts it. */
function yOf({ cuts }: Place, row: number): number {
  for (let index = 1; index < cuts.length; index += 1) {
    const from = cuts[index - 1];
    const to = cuts[index];
    if (from === undefined || to === undefined) break;
    if (row <= to.row || index === cuts.length - 1) {
      return from.y + Math.round(((row - from.row) / (to.row - from.row)) * (to.y - from.y));
    }
  }
  return -1;
}

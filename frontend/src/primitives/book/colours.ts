/**
 * Two quiet hues that no palette of the map has: moss for who would buy, lilac for who would sell. Without red or green
 * cones one of them is yellowish and the other bluish. The side is told by its place against the price as well.
 */

import type { Theme } from "../heatmap/palette";
import type { BookSide } from "./data";

export type Rgb = readonly [number, number, number];

export const BOOK_COLOURS: Readonly<Record<Theme, Readonly<Record<BookSide, Rgb>>>> = {
  dark: { bid: [139, 197, 138], ask: [190, 168, 214] },
  light: { bid: [62, 112, 62], ask: [118, 87, 152] },
};

/** Strength of a cell with little in it, and of one with much. */
const FAINT = 0.35;
const FULL = 1;

export const cssOf = ([red, green, blue]: Rgb, alpha = 1): string => `rgb(${red} ${green} ${blue} / ${alpha})`;

/** 0..255 of a place 0..1: more USD is stronger. */
export const alphaOf = (place: number): number => Math.round(255 * (FAINT + (FULL - FAINT) * place));

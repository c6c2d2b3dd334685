/** Cells of archived books as pixels, one a cell, the highest price first. No canvas. */

import type { Theme } from "../heatmap/palette";
import { alphaOf, BOOK_COLOURS } from "./colours";
import { type BookLayer, placeOf, SIDES } from "./data";

/** RGBA of rows * columns; what is empty, not loaded or not seen is clear. A row with both sides shows the larger one. */
export function rasteriseBook(layer: BookLayer, theme: Theme): Uint8ClampedArray<ArrayBuffer> {
  const { cells, columns, scale } = layer;
  if (cells === null) return new Uint8ClampedArray(0);
  const pixels = new Uint8ClampedArray(4 * cells.rows * columns);
  const most = new Float64Array(cells.rows * columns);
  for (const side of SIDES) {
    const [red, green, blue] = BOOK_COLOURS[theme][side];
    for (const [column, row, density] of cells[side]) {
      const index = (cells.rows - 1 - row) * columns + column;
      if (!(density > (most[index] ?? 0))) continue;
      most[index] = density;
      pixels.set([red, green, blue, alphaOf(placeOf(density, scale))], 4 * index);
    }
  }
  return pixels;
}

/** A heatmap window to RGBA pixels, one pixel a cell, highest price first. Pure: no canvas, no DOM. */

import type { Mode } from "../../model/view_hash";
import type { HeatmapWindow } from "../../model/window";
import { colourTable, type PaletteName, SIZE, type TableName, type Theme } from "./palette";
import { placeOf, type UsdScale } from "./scale";

export interface TextureOptions {
  readonly mode: Mode;
  readonly palette: PaletteName;
  readonly theme: Theme;
  readonly scale: UsdScale;
  /** Cells below this many USD are not drawn. */
  readonly threshold: number;
}

/**
 * RGBA, rows * columns pixels. Zero, below the threshold and holes are transparent (holes are hatched by the renderer).
 * `split` colours a cell by its total, mixed from the long and the short table by their shares of it.
 */
export function rasterise(window: HeatmapWindow, options: TextureOptions): Uint8ClampedArray<ArrayBuffer> {
  const { rows, columns, long, short } = window;
  const pixels = new Uint32Array(rows * columns);
  const { mode, threshold } = options;
  const takesLong = mode === "short" ? 0 : 1;
  const takesShort = mode === "long" ? 0 : 1;
  const index = placeTable(options.scale);
  const isTwoHued = mode === "split" || (mode === "both" && options.palette === "sides");
  const sides = isTwoHued ? [words("long", options.theme), words("short", options.theme)] : null;
  const table = words(tableOf(mode, options.palette), options.theme);
  for (let row = 0; row < rows; row += 1) {
    const from = row * columns;
    const to = (rows - 1 - row) * columns;
    for (let column = 0; column < columns; column += 1) {
      const longUsd = takesLong * (long[from + column] as number);
      const shortUsd = takesShort * (short[from + column] as number);
      const usd = longUsd + shortUsd;
      // Comparisons with NaN are false: holes stay transparent.
      if (!(usd > 0 && usd >= threshold)) continue;
      const place = index(usd);
      pixels[to + column] =
        sides === null
          ? (table[place] as number)
          : mixed(sides[0]?.[place] as number, sides[1]?.[place] as number, longUsd / usd);
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

const tableOf = (mode: Mode, palette: PaletteName): TableName => (mode === "long" || mode === "short" ? mode : palette);

/** placeOf by table: the exponent and the top 8 bits of the mantissa of the float decide, 0.4 % of the value apart. */
function placeTable(scale: UsdScale): (usd: number) => number {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const places = new Uint8Array(1 << 16);
  for (let code = 0; code < 1 << 16; code += 1) {
    bits[0] = (code << 15) >>> 0;
    places[code] = Math.round(placeOf(float[0] as number, scale) * (SIZE - 1)) || 0;
  }
  return (usd) => {
    float[0] = usd;
    return places[(bits[0] as number) >>> 15] as number;
  };
}

/** A colour table as one 32-bit word an entry, in the byte order of the machine. */
function words(name: TableName, theme: Theme): Uint32Array {
  return new Uint32Array(colourTable(name, theme).buffer as ArrayBuffer);
}

function mixed(long: number, short: number, share: number): number {
  if (share >= 1) return long;
  if (share <= 0) return short;
  let word = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    const value = ((long >>> shift) & 255) * share + ((short >>> shift) & 255) * (1 - share);
    word |= Math.round(value) << shift;
  }
  return word >>> 0;
}

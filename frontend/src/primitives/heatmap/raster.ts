/** A window to the pixels of its texture, one a cell, highest price first. Pure: runs in the worker or without one. */

import type { Mode } from "../../model/view_hash";
import { type Cells, densityOf, gridOfRows, type RowGrid, smoothed } from "./density";
import { type DensityScale, densityPlace } from "./density_scale";
import { type LoneRun, loneOutline } from "./outline";
import { colourTable, type PaletteName, SIZE, type TableName, type Theme } from "./palette";

export interface HeatLook {
  readonly mode: Mode;
  readonly palette: PaletteName;
  readonly theme: Theme;
  readonly scale: DensityScale;
  /** USD per 0.1 % of price; less is not drawn. */
  readonly threshold: number;
}

export interface RasterOptions extends HeatLook {
  /** Base bands a drawn row holds: density.ts, rowStep. */
  readonly bands: number;
}

export interface Raster {
  /** RGBA, grid.rows * columns. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly grid: RowGrid;
  /** Edges of lone cells: outline.ts. */
  readonly outline: Int32Array;
}

/** Strength of what is below `low`, where the threshold lets it through. */
const FAINT = 0.45;

/**
 * A cell has the colour of its own density, or that of the glow of its neighbours where that is more. Densities are cut
 * at `high` before they glow, so that however large one account is, its neighbours look the same. Zero, below the
 * threshold and holes are transparent. `sides` takes the hue of the larger side: a mixture of both hues is a grey that
 * reads as neither.
 */
export function raster(window: Cells & { readonly lone?: readonly LoneRun[] | null }, options: RasterOptions): Raster {
  const { columns } = window;
  const { mode, scale, theme } = options;
  const grid = gridOfRows(window, options.bands);
  const isTwoHued = options.palette === "sides";
  const own = densityOf(window, grid, mode === "short" ? window.short : window.long);
  const hasBoth = mode === "both";
  const longPart = hasBoth && isTwoHued ? own.slice() : null;
  if (hasBoth) densityOf(window, grid, window.short, own);
  capTo(own, longPart, scale.high);
  const glow = smoothed(own, grid.rows, columns);
  const longGlow = longPart === null ? null : smoothed(longPart, grid.rows, columns);

  const one = options.palette === "sides" ? "thermal" : options.palette;
  const tables = {
    long: words(isTwoHued ? "long" : one, theme),
    short: words(isTwoHued ? "short" : one, theme),
  };
  const only = mode === "short" ? tables.short : tables.long;
  const places = placeTable(scale);
  const least = Math.max(options.threshold, Number.MIN_VALUE);
  const top = Math.fround(scale.high);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const pixels = new Uint32Array(grid.rows * columns);
  for (let row = 0; row < grid.rows; row += 1) {
    const from = row * columns;
    const to = (grid.rows - 1 - row) * columns;
    for (let column = 0; column < columns; column += 1) {
      const index = from + column;
      const near = glow[index] as number;
      const density = Math.max(own[index] as number, near);
      // Comparisons with NaN are false: holes stay transparent.
      if (!(density >= least)) continue;
      let table = only;
      if (longGlow !== null) table = 2 * (longGlow[index] as number) >= near ? tables.long : tables.short;
      float[0] = density;
      const place = density >= top ? SIZE - 1 : (places[(bits[0] as number) >>> 15] as number);
      pixels[to + column] = table[density < scale.low ? SIZE : place] as number;
    }
  }
  const outline = loneOutline(window.lone ?? [], window, grid);
  return { pixels: new Uint8ClampedArray(pixels.buffer), grid, outline };
}

/** At most `high`; a part of it shrinks with it. */
function capTo(total: Float32Array, part: Float32Array | null, high: number): void {
  for (let index = 0; index < total.length; index += 1) {
    const value = total[index] as number;
    if (!(value > high)) continue;
    total[index] = high;
    if (part !== null) part[index] = ((part[index] as number) * high) / value;
  }
}

/**
 * densityPlace of what is less than `high`, by the first 17 bits of a float: sign, exponent and top 8 bits of the mantissa,
 * 0.4 % of the value apart.
 */
function placeTable(scale: DensityScale): Uint8Array {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const places = new Uint8Array(1 << 16);
  float[0] = scale.high;
  const last = (bits[0] as number) >>> 15;
  float[0] = scale.low;
  for (let code = (bits[0] as number) >>> 15; code <= last; code += 1) {
    bits[0] = (code << 15) >>> 0;
    places[code] = Math.round(densityPlace(float[0] as number, scale) * (SIZE - 2));
  }
  return places;
}

/** A colour table as one 32-bit word an entry, in the byte order of the machine; entry SIZE is for less than `low`. */
function words(name: TableName, theme: Theme): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * (SIZE + 1));
  bytes.set(colourTable(name, theme));
  bytes.copyWithin(4 * SIZE, 0, 4);
  bytes[4 * SIZE + 3] = Math.round(FAINT * 255);
  return new Uint32Array(bytes.buffer);
}

/** A window to the pixels of its texture, one a cell, highest price first. Pure: runs in the worker or without one. */

import { type Cells, densityOf, gridOfRows, type RowGrid, smoothed } from "./density";
import { type DensityScale, densityPlace } from "./density_scale";
import { type LoneRun, loneOutline } from "./outline";
import { colourTable, type PaletteName, SIZE, type TableName, type Theme } from "./palette";

export interface HeatLook {
  readonly mode: "both" | "split" | "long" | "short";
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
  const isTwoHued = mode === "split" || options.palette === "sides";
  const long = mode === "short" ? null : densityOf(window, grid, window.long);
  const short = mode === "long" ? null : densityOf(window, grid, window.short);
  const own = long ?? (short as Float32Array);
  const longPart = long !== null && short !== null && isTwoHued ? long.slice() : null;
  if (long !== null && short !== null) addTo(own, short);
  capTo(own, longPart, scale.high);
  const glow = smoothed(own, grid.rows, columns);
  const longGlow = longPart === null ? null : smoothed(longPart, grid.rows, columns);

  const one = options.palette === "sides" ? "thermal" : options.palette;
  const tables = {
    long: words(isTwoHued ? "long" : one, theme),
    short: words(isTwoHued ? "short" : one, theme),
  };
  const only = mode === "short" ? tables.short : tables.long;
  const place = placeTable(scale);
  const pixels = new Uint32Array(grid.rows * columns);
  for (let row = 0; row < grid.rows; row += 1) {
    const from = row * columns;
    const to = (grid.rows - 1 - row) * columns;
    for (let column = 0; column < columns; column += 1) {
      const index = from + column;
      const density = Math.max(own[index] as number, glow[index] as number);
      // Comparisons with NaN are false: holes stay transparent.
      if (!(density > 0 && density >= options.threshold)) continue;
      const isLong = longGlow === null || 2 * (longGlow[index] as number) >= (glow[index] as number);
      const table = longGlow === null ? only : isLong ? tables.long : tables.short;
      pixels[to + column] = table[density < scale.low ? SIZE : place(density)] as number;
    }
  }
  const outline = loneOutline(window.lone ?? [], window, grid);
  return { pixels: new Uint8ClampedArray(pixels.buffer), grid, outline };
}

function addTo(sum: Float32Array, more: Float32Array): void {
  for (let index = 0; index < sum.length; index += 1) sum[index] = (sum[index] as number) + (more[index] as number);
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

/** densityPlace by table: exponent and top 8 bits of the mantissa of the float decide, 0.4 % of the value apart. */
function placeTable(scale: DensityScale): (density: number) => number {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  const top = Math.fround(scale.high);
  const places = new Uint8Array(1 << 16);
  for (let code = 0; code < 1 << 16; code += 1) {
    bits[0] = (code << 15) >>> 0;
    places[code] = Math.round(densityPlace(float[0] as number, scale) * (SIZE - 2)) || 0;
  }
  return (density) => {
    if (density >= top) return SIZE - 1;
    float[0] = density;
    return places[(bits[0] as number) >>> 15] as number;
  };
}

/** A colour table as one 32-bit word an entry, in the byte order of the machine; entry SIZE is for less than `low`. */
function words(name: TableName, theme: Theme): Uint32Array {
  const bytes = new Uint8ClampedArray(4 * (SIZE + 1));
  bytes.set(colourTable(name, theme));
  bytes.copyWithin(4 * SIZE, 0, 4);
  bytes[4 * SIZE + 3] = Math.round(FAINT * 255);
  return new Uint32Array(bytes.buffer);
}

/** Edges around cells that one account alone fills beyond the scale. */

import type { HeatmapHeader } from "../../api/schema";
import type { RowGrid } from "./density";

/** Cells of one row of the window: row, first column, past the last. */
export type LoneRun = readonly number[];

/** Columns a run has at least: around fewer, edges would hide the colour they are about. */
const MIN_COLUMNS = 4;

/** Numbers an edge has in the list: edge, from, past, is upright. */
export const EDGE_NUMBERS = 4;

/**
 * Edges between drawn cells that are lone and those that are not, each as [edge, from, past, upright]. A level edge runs
 * along the top of row `edge` (counted from above) from column to column; an upright one along the left of column
 * `edge` from row to row.
 */
export function loneOutline(
  runs: readonly LoneRun[],
  window: Pick<HeatmapHeader, "columns" | "first_band" | "level" | "log_width">,
  grid: RowGrid,
): Int32Array {
  if (runs.length === 0) return new Int32Array(0);
  const { columns } = window;
  const { rows } = grid;
  const step = grid.logHeight / (window.log_width * 2 ** window.level);
  const isLone = new Uint8Array(rows * columns);
  for (const [row = 0, first = 0, past = 0] of runs) {
    if (past - first < MIN_COLUMNS) continue;
    const drawn = rows - 1 - (Math.floor((window.first_band + row + 0.5) / step) - grid.firstRow);
    if (drawn >= 0 && drawn < rows) isLone.fill(1, drawn * columns + first, drawn * columns + Math.min(past, columns));
  }
  const edges: number[] = [];
  const at = (row: number, column: number): number =>
    row < 0 || row >= rows || column < 0 || column >= columns ? 0 : (isLone[row * columns + column] as number);
  collect(rows, columns, (row, column) => at(row, column) !== at(row - 1, column), 0, edges);
  collect(columns, rows, (column, row) => at(row, column) !== at(row, column - 1), 1, edges);
  return Int32Array.from(edges);
}

function collect(
  edges: number,
  length: number,
  isEdge: (edge: number, place: number) => boolean,
  upright: 0 | 1,
  out: number[],
): void {
  for (let edge = 0; edge <= edges; edge += 1) {
    let from = -1;
    for (let place = 0; place <= length; place += 1) {
      const is = place < length && isEdge(edge, place);
      if (is && from < 0) from = place;
      if (!is && from >= 0) {
        out.push(edge, from, place, upright);
        from = -1;
      }
    }
  }
}

/** What of a window a picture is made of, copied for the worker to own. */

import type { HeatmapWindow } from "../model/window";
import type { LoneRun } from "../primitives/heatmap/outline";
import type { SentCells } from "./messages";

/** With what the server says of cells of one account, where it was asked. */
export type Paintable = HeatmapWindow & { readonly lone?: readonly LoneRun[] | null };

export const copyOfCells = (window: Paintable): SentCells => ({
  rows: window.rows,
  columns: window.columns,
  first_band: window.first_band,
  level: window.level,
  log_width: window.log_width,
  lone: window.lone ?? null,
  long: window.long.slice(),
  short: window.short.slice(),
});

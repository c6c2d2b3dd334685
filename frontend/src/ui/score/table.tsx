/** A table of the scorecard: wider than the panel, it scrolls sideways. */

import type { ScoreTable } from "../../model/score_text";
import { Figures } from "../figure_parts";

export function Table({ table: { head, rows } }: { readonly table: ScoreTable }) {
  if (rows.length === 0) return <p class="muted">Nothing yet.</p>;
  return (
    <div class="wide-table" tabIndex={0} role="group" aria-label="Table, scrolls sideways">
      <Figures head={head} rows={rows.map((cells) => ({ key: cells.join("|"), cells }))} />
    </div>
  );
}

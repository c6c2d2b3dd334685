/** The run with stops and the one without, of one question, figures beside each other. */

import type { Cascade } from "../../api/cascade";
import { comparison } from "../../model/what_if_stops";
import { Table } from "./tables";

export function Comparison({ one, other }: { readonly one: Cascade; readonly other: Cascade }) {
  const { head, rows } = comparison(one, other);
  return (
    <section id="what-if-comparison" aria-label="With and without stops">
      <Table caption="SIMULATED, without and with stops" headings={head} rows={rows} />
      <p class="muted">Nobody sets, moves or takes back an order during a run.</p>
    </section>
  );
}

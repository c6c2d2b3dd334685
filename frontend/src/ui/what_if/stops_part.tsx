/** Stops and take-profits of a run, apart from what was liquidated: sums, by price, and by time beside it. */

import type { Cascade } from "../../api/cascade";
import { secondRows, stopLevelRows, stopRows } from "../../model/what_if_stops";
import { Sums } from "../parts";
import { FlowChart } from "./flow_chart";
import { Table } from "./tables";

export function StopsPart({ cascade }: { readonly cascade: Cascade }) {
  const { coin, stops } = cascade;
  if (stops === null) return null;
  const [levels, seconds] = [stopLevelRows(cascade), secondRows(cascade)];
  return (
    <section id="what-if-stops-part" aria-label="Stops and take-profits of the run">
      <h3>Stops and take-profits, apart from liquidations</h3>
      <Sums rows={stopRows(stops)} />
      {levels.length === 0 ? (
        <p class="muted">{`No stop or take-profit of ${coin} fired.`}</p>
      ) : (
        <>
          <Table
            caption={`Stops and take-profits of ${coin}, by mark price`}
            headings={["from price", "stops sent", "filled", "take-profits"]}
            rows={levels}
          />
          <FlowChart cascade={cascade} />
          <Table
            caption="Seconds with most of them, liquidations beside"
            headings={["at", "stops", "take-profits", "liquidated"]}
            rows={seconds}
          />
        </>
      )}
    </section>
  );
}

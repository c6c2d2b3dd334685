/** Quantiles of several runs: what was liquidated, and apart from it what stops and take-profits did. */

import type { Ensemble } from "../../api/cascade";
import { runsHead, runsRows, runsStopLevels, runsStopRows } from "../../model/what_if_runs";
import { stopsLabel } from "../../model/what_if_stops";
import { Assumptions } from "../figure_parts";
import { Table } from "./tables";

export function RunsPart({ ensemble, coin }: { readonly ensemble: Ensemble; readonly coin: string }) {
  const head = runsHead(ensemble);
  const stops = runsStopRows(ensemble);
  const levels = runsStopLevels(ensemble, coin);
  return (
    <section id="what-if-runs-part" aria-label="Many runs">
      <Table
        caption={`SIMULATED ${stopsLabel(ensemble)}, ${ensemble.count} runs: liquidations`}
        headings={head}
        rows={runsRows(ensemble)}
      />
      {stops.length === 0 ? null : (
        <Table caption="Apart from that, stops and take-profits" headings={head} rows={stops} />
      )}
      {levels.length === 0 ? null : (
        <Table
          caption={`Stops of ${coin} taken by the order book, by mark price`}
          headings={["from price", ...head.slice(1), "fired in"]}
          rows={levels}
        />
      )}
      <p class="muted">
        Quantiles of what was assumed, not of futures. All else here is of the run with nothing drawn.
      </p>
      <Assumptions notes={ensemble.assumptions} />
    </section>
  );
}

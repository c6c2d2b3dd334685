/** What stands behind the verdict: next stops, clusters, the terms of the size, own liquidation, odds. */

import type { StopAnswer } from "../../api/stop";
import { formatPrice } from "../../format/price";
import { formatTime } from "../../format/time";
import {
  clusterText,
  hasUnknownOvershoot,
  isPoor,
  liquidationRows,
  nextGroups,
  nextStopText,
  sentence,
  sizingRows,
} from "../../model/stop_text";
import { bringIntoView } from "../../state/actions";
import { simulateOvershoots } from "../../state/loaders/trade";
import { moveLine } from "../../state/trade";
import { Part } from "../figure_parts";
import { OddsTable } from "../odds/odds_table";
import { Sums } from "../parts";
import { usePage } from "../use_page";

export function Advice({ answer }: { readonly answer: StopAnswer }) {
  return (
    <>
      <NextStops answer={answer} />
      <Clusters answer={answer} />
      <Part name="Size for this loss" word="trade_size">
        <Sums rows={sizingRows(answer.sizing, answer)} />
      </Part>
      <Own answer={answer} />
      <Odds answer={answer} />
      <AsOf answer={answer} />
    </>
  );
}

function NextStops({ answer }: { readonly answer: StopAnswer }) {
  const page = usePage();
  return (
    <Part name="Next stops past the clusters" word="next_stop">
      {answer.next_stops.length === 0 ? <p class="muted">No cluster is near the stop.</p> : null}
      {nextGroups(answer.next_stops, answer.side === 1).map(({ name, stops }) => (
        <div key={name} class="next-group">
          <p>{name}</p>
          {stops.map((next) => (
            <button
              key={next.quantile}
              type="button"
              class={`next-stop${isPoor(next.verdict) ? " is-poor" : ""}`}
              data-stop={next.stop}
              data-source={next.source}
              onClick={() => next.stop !== null && moveLine(page, "stop", next.stop)}
            >
              <b>{formatPrice(next.stop)}</b> <span class="muted">{nextStopText(next)}</span>
            </button>
          ))}
        </div>
      ))}
      {hasUnknownOvershoot(answer) ? <Simulate /> : null}
    </Part>
  );
}

/** Seconds of the server's time: only by hand. */
function Simulate() {
  const page = usePage();
  const { simulating } = page.terms;
  const state = simulating.value;
  return (
    <>
      <button
        id="simulate-overshoots"
        type="button"
        class="run"
        disabled={state === "runs"}
        onClick={() => void simulateOvershoots(page)}
      >
        {state === "runs" ? "Simulating" : "Simulate what was not measured"}
      </button>
      {typeof state === "string" ? null : <p role="alert">{state.failed}</p>}
    </>
  );
}

function Clusters({ answer }: { readonly answer: StopAnswer }) {
  const page = usePage();
  return (
    <Part name="Clusters between entry and stop, and just beyond" word="cluster">
      {answer.clusters.length === 0 ? <p class="muted">None.</p> : null}
      {answer.clusters.map((cluster) => {
        const { name, facts } = clusterText(cluster, answer.side === 1);
        return (
          <button
            key={cluster.price_peak}
            type="button"
            class={`stop-cluster ${answer.side === 1 ? "long" : "short"}`}
            onClick={() => bringIntoView(page, { low: cluster.price_low, high: cluster.price_high })}
          >
            <b>{name}</b> <span class="muted">{facts}</span>
          </button>
        );
      })}
    </Part>
  );
}

function Own({ answer }: { readonly answer: StopAnswer }) {
  const own = answer.liquidation;
  return (
    <Part name="Own liquidation price of this trade" word="level" data-own={own.solo ?? "unknown"}>
      <Sums rows={liquidationRows(own)} />
      {own.is_before_stop === true ? <p class="wrong">It is met before the stop.</p> : null}
      {own.note === null ? null : <p class="muted">{own.note}</p>}
    </Part>
  );
}

function Odds({ answer }: { readonly answer: StopAnswer }) {
  const { odds, odds_note: note } = answer;
  return (
    <Part name="How often such a stop was reached" word="odds">
      {odds === null ? (
        <p class="muted">{note ?? "Unknown: nothing was measured of it."}</p>
      ) : (
        <OddsTable within={odds} horizons={[]} />
      )}
    </Part>
  );
}

function AsOf({ answer }: { readonly answer: StopAnswer }) {
  const said = [...answer.doubt, ...answer.notes];
  return (
    <section class="stop-part">
      <p class="muted">{`As of ${formatTime(answer.as_of_ms)}. Figures of levels as they stand, not a forecast.`}</p>
      {said.length === 0 ? null : (
        <ul class="muted">
          {said.map((note) => (
            <li key={note}>{sentence(note)}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

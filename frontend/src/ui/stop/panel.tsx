/** The panel "Stop": the trade that is asked about and what the map says of it; nothing of it is a forecast. */

import { sentence, verdictSentence } from "../../model/stop_text";
import { toggleTrade } from "../../state/trade";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";
import { Advice } from "./advice";
import { TradeForm } from "./form";

export function StopPanel() {
  const page = usePage();
  return (
    <Panel
      name="stop"
      class="stop"
      draw={() => {
        const { trade } = page.view.value;
        return trade === null ? (
          <Empty />
        ) : (
          [<Verdict key="verdict" />, <TradeForm key="form" trade={trade} />, <Rest key="rest" />]
        );
      }}
    />
  );
}

function Empty() {
  const page = usePage();
  return (
    <div class="empty">
      <p>
        Where does a stop stand among the clusters, how far did price go past such clusters before, and how large is the
        trade for a given loss?
      </p>
      <button
        id="trade-start"
        type="button"
        class="run"
        disabled={page.mark.value === null}
        onClick={() => toggleTrade(page)}
      >
        Set entry and stop on the map
      </button>
    </div>
  );
}

/** First, so that it is seen while a line is dragged. */
function Verdict() {
  const { answer } = usePage().terms;
  const said = answer.value;
  if (said === null)
    return (
      <p class="verdict muted" role="status">
        The stop is being looked at.
      </p>
    );
  if (typeof said === "string") {
    return (
      <p class="verdict wrong" role="status">
        {said}
      </p>
    );
  }
  const [first, ...others] = said.reasons;
  return (
    <div class="verdict" data-verdict={said.verdict} role="status">
      <b>{verdictSentence(said)}</b>
      {first === undefined ? null : <span>{` ${sentence(first)}`}</span>}
      {others.length === 0 ? null : (
        <ul>
          {others.map((reason) => (
            <li key={reason}>{sentence(reason)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Rest() {
  const { answer } = usePage().terms;
  const said = answer.value;
  return said === null || typeof said === "string" ? null : <Advice answer={said} />;
}

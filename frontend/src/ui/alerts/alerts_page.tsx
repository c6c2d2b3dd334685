/** Alerts in the drawer: what fired, newest first, then the rules, then what waits to be delivered. */

import { useEffect } from "preact/hooks";
import { fetchAlerts } from "../../api/alerts";
import { firedFacts } from "../../model/alert_text";
import { anchorOfFocus, beginAlert, showAlert } from "../../state/alert_actions";
import { Notes } from "../figure_parts";
import { useAnswer, usePage } from "../use_page";
import { Deliveries } from "./deliveries";
import { InThisBrowser } from "./in_this_browser";
import { Rules } from "./rules";

export function AlertsPage() {
  const page = usePage();
  const { alerts } = page;
  const key = String(alerts.beat.value);
  const { answer, problem } = useAnswer(key, fetchAlerts);
  const coin = page.coin.value;
  return (
    <div class="alerts">
      <p class="alert-ways">
        <button
          id="alert-new"
          type="button"
          class="primary"
          disabled={coin === null}
          onClick={() =>
            coin !== null && beginAlert(page, { kind: "map", coin, price: page.mark.peek() }, anchorOfFocus())
          }
        >
          {`New alert${coin === null ? "" : ` about ${coin}`}`}
        </button>
      </p>
      <p class="muted">
        Or right click, press long, or press k at a level of the map, a cluster, an account or a line of your own.
      </p>
      <InThisBrowser />
      <Fired />
      {problem === null ? null : (
        <p class="empty" role="alert">
          {problem}
        </p>
      )}
      {answer === null && problem === null ? <p class="empty">loading</p> : null}
      {answer === null ? null : (
        <>
          <Rules answer={answer} />
          <Deliveries asked={key} />
          <Notes notes={answer.notes} />
        </>
      )}
    </div>
  );
}

function Fired() {
  const page = usePage();
  const fired = page.alerts.fired.value;
  const nowMs = page.nowMs.value;
  // What is listed here on screen is seen.
  useEffect(() => page.alerts.see(), [fired]);
  return (
    <section aria-label="Fired">
      <h3>Fired</h3>
      {fired.length === 0 ? <p class="muted">Nothing fired yet.</p> : null}
      <div id="fired" class="fired">
        {fired.map((alert) => (
          <button
            key={alert.alert_id}
            type="button"
            class="fired-alert"
            data-alert={alert.alert_id}
            onClick={() => showAlert(page, alert)}
          >
            <b>{alert.title}</b>
            <span>{alert.text}</span>
            <span class="muted">{firedFacts(alert, nowMs)}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

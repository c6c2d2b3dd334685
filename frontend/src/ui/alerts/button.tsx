/** Opens the alerts, from the top line, and says how many fired since a reader looked. */

import { toggleView } from "../../state/wallet_actions";
import { usePage } from "../use_page";

export function AlertsButton() {
  const page = usePage();
  const isOpen = page.drawer.value.some((view) => view.kind === "alerts");
  const count = page.alerts.unseenCount.value;
  return (
    <button
      id="alerts-open"
      type="button"
      aria-pressed={isOpen}
      aria-label={count === 0 ? "Alerts" : `Alerts, ${count} new`}
      title="Alerts: rules, and what fired (r)"
      onClick={() => toggleView(page, "alerts")}
    >
      Alerts{count === 0 ? null : <b class="new-count">{count}</b>}
    </button>
  );
}

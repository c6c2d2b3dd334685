/** What waits to be delivered to each destination, and which cannot be reached. */

import { fetchDeliveries } from "../../api/alerts";
import { formatTime } from "../../format/time";
import { deliveryText } from "../../model/alert_text";
import { useAnswer } from "../use_page";

/** Asked again with `asked`. */
export function Deliveries({ asked }: { readonly asked: string }) {
  const { answer, problem } = useAnswer(asked, fetchDeliveries);
  const standing = answer?.standing ?? null;
  return (
    <section aria-label="Deliveries">
      <h3>Delivered to</h3>
      {problem === null ? null : <p class="muted">{problem}</p>}
      {answer?.note == null ? null : <p class="muted">{answer.note}</p>}
      {answer?.destinations.length === 0 && answer.note === null ? (
        <p class="muted">This page alone: the file of rules names no destination.</p>
      ) : null}
      {standing?.not_stored_since_ms == null ? null : (
        <p class="wrong">{`Not written to disk since ${formatTime(standing.not_stored_since_ms)}: ${standing.not_stored_reason ?? "unknown why"}`}</p>
      )}
      <ul id="deliveries">
        {(answer?.destinations ?? []).map((row) => (
          <li key={row.destination} class={row.last_reason === null ? "" : "wrong"} data-destination={row.destination}>
            {deliveryText(row)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The newest liquidations in a cluster, each a way to its account. */

import type { EventAnswer, EventsAnswer } from "../../api/schema";
import { formatPrice, formatSize } from "../../format/price";
import { formatShort } from "../../format/time";
import { usd } from "../../format/usd";
import { impactText } from "../../model/impact_text";
import { openDeeper } from "../../state/actions";
import { usePage } from "../use_page";

export function LifeEvents({ answer }: { readonly answer: EventsAnswer }) {
  if (answer.events.length === 0) return null;
  const rest = answer.totals.count - answer.events.length;
  return (
    <>
      <h3>{`${answer.totals.count.toLocaleString("en-US")} liquidated here`}</h3>
      {answer.events.map((event) => (
        <EventRow key={event.event_id} event={event} />
      ))}
      {rest > 0 ? <p class="muted">{`and ${rest.toLocaleString("en-US")} older ones`}</p> : null}
    </>
  );
}

function EventRow({ event }: { readonly event: EventAnswer }) {
  const page = usePage();
  const { address } = event;
  return (
    <button
      type="button"
      class={`liquidation ${event.side === 1 ? "long" : "short"}`}
      data-event-id={event.event_id}
      disabled={address === null}
      onClick={() => {
        if (address !== null) openDeeper(page, { kind: "account", address, atMs: null });
      }}
    >
      <b>{usd(event.notional)}</b>
      <span>{`${formatSize(event.size)} at ${formatPrice(event.price)}`}</span>
      <time>{formatShort(event.first_fill_ms)}</time>
      <span class="more wide muted">{impactText(event)}</span>
    </button>
  );
}

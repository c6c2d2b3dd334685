/** Max pain of both sides: a click brings the price into view and lights its row, which may be in view already. */

import { PAIN_RULE, painLines } from "../../model/max_pain";
import { bringIntoView } from "../../state/actions";
import { Term } from "../glossary/term";
import { usePage } from "../use_page";

export function MaxPain() {
  const page = usePage();
  const lines = painLines(page.shownClusters.value);
  if (lines === null) return null;
  return (
    <section id="max-pain" class="max-pain" aria-label="Max pain">
      <p>
        <Term name="max_pain">Max pain</Term> <span class="muted">{PAIN_RULE}</span>
      </p>
      {lines.map(({ side, place, amounts, prices }) => (
        <button
          key={side}
          type="button"
          class={side}
          disabled={prices === null}
          onClick={() => {
            if (prices === null) return;
            bringIntoView(page, prices);
            page.measuring.profilePrice.value = Math.sqrt(prices.low * prices.high);
          }}
        >
          <b>{place}</b> <span>{amounts}</span>
        </button>
      ))}
    </section>
  );
}

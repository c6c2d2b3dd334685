/** The state of a cascade of the coin; opened, the rule and the figures that decided it. */

import { badgeText, cascadeFigures, mostUrgent } from "../../model/cascade";
import { Sums } from "../parts";
import { usePage } from "../use_page";

/** Hidden where nothing was studied. */
export function CascadeBadge() {
  const answer = usePage().cascades.value;
  const row = answer === null ? null : mostUrgent(answer.now);
  return (
    <details id="cascade" class="cascade-badge" data-state={row?.state} hidden={row === null}>
      {row !== null && [
        <summary key="summary">{badgeText(row)}</summary>,
        <Sums key="figures" rows={cascadeFigures(row)} />,
      ]}
    </details>
  );
}

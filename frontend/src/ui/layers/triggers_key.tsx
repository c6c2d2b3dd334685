/** The legend of trigger orders: their hues, what is known of each kind, and of how much of the coin. */

import { triggerLegend } from "../../model/trigger_words";
import { TRIGGER_COLOURS } from "../../primitives/triggers";
import { usePage } from "../use_page";

export function TriggersKey() {
  const page = usePage();
  const { triggers } = page.layersShown;
  const answer = triggers.answer.value?.coin === page.coin.value ? triggers.answer.value : null;
  if (answer === null) return <span role="status">{triggers.problem.value ?? "loading"}</span>;
  const { groups, notes } = triggerLegend(answer);
  return (
    <>
      {groups.map(({ group, text }) => (
        <span key={group} class="key" data-group={group}>
          <i class="book-side" style={{ background: TRIGGER_COLOURS[page.theme.value][group] }} aria-hidden="true" />{" "}
          {text}
        </span>
      ))}
      {notes.map((note) => (
        <span key={note}>{note}</span>
      ))}
    </>
  );
}

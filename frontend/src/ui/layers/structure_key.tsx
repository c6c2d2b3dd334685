/** The legend of structure: what its signs mean, what it was made of, what of it is unknown. */

import { structureNotes } from "../../model/structure_plan";
import { usePage } from "../use_page";

const SIGNS = [
  [
    "structure-swing",
    "swing: beyond the five hours before and after it; its line ends where a later one went further; filled: price turned there by 3 ATR",
  ],
  ["structure-session", "high, low of this and the last UTC day and week"],
  ["structure-range", "range of 20 days; dotted: 30 days"],
  ["structure-volume", "volume by price; brighter: the 70 % around the busiest price (POC)"],
] as const;

export function StructureKey() {
  const page = usePage();
  const { structure } = page.layersShown;
  const answer = structure.answer.value?.coin === page.coin.value ? structure.answer.value : null;
  return (
    <>
      {SIGNS.map(([name, text]) => (
        <span key={name} class="key">
          <i class={name} aria-hidden="true" /> {text}
        </span>
      ))}
      {answer === null ? (
        <span role="status">{structure.problem.value ?? "loading"}</span>
      ) : (
        structureNotes(answer).map((note) => <span key={note}>{note}</span>)
      )}
    </>
  );
}

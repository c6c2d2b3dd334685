/** A hypothesis under test: what could be seen at all stands before its verdict, and the rule beside both. */

import type { Attraction } from "../../api/score";
import { checkTable, claimText, effectTable } from "../../model/score_text";
import { FoldedList, Part } from "../figure_parts";
import { Table } from "./table";

interface HypothesisProps {
  readonly tested: Attraction | null;
  readonly isOfAll: boolean;
}

export function Hypothesis({ tested, isOfAll }: HypothesisProps) {
  return (
    <Part name="Hypothesis under test: is the side with more levels reached first?" word="power">
      {tested === null ? (
        <p class="muted">{isOfAll ? "Not tested yet." : "It is tested of all coins together."}</p>
      ) : (
        <Tested tested={tested} />
      )}
    </Part>
  );
}

function Tested({ tested }: { readonly tested: Attraction }) {
  return (
    <>
      <ul>
        {tested.power.map(({ distance_sigma: sigma, text }) => (
          <li key={sigma}>{text}</li>
        ))}
      </ul>
      <p id="hypothesis" data-verdict={tested.verdict}>
        <b>{tested.text}</b>
      </p>
      <Table table={effectTable(tested)} />
      {tested.checks.length === 0 ? null : <Table table={checkTable(tested)} />}
      <Rule tested={tested} />
    </>
  );
}

/** The conditions that were fixed before any result, what was left out, what is not done. */
function Rule({ tested }: { readonly tested: Attraction }) {
  const lines = [
    ...tested.conditions.map(({ name, holds, text }) => `${name}: ${claimText(holds)}. ${text}`),
    ...tested.left_out.map(({ reason, count }) => `left out, ${reason}: ${count.toLocaleString("en-US")}`),
    ...tested.controls_left_out.map((name) => `not controlled for: ${name}`),
    ...tested.not_done.map((text) => `not done: ${text}`),
  ];
  return <FoldedList name="The rule, fixed before, and what is left out" notes={lines} class="muted" />;
}

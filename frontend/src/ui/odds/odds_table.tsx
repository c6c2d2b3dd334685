/** Odds of a level within each horizon, with the record that they have at this distance. */

import type { OddsAnswer, OddsWithin } from "../../api/odds";
import type { TouchOdds } from "../../api/openapi";
import { percent } from "../../format/usd";
import { horizonText, skillText, spaced } from "../../model/odds_text";
import { Term } from "../glossary/term";

interface OddsTableProps {
  readonly within: readonly (OddsWithin | TouchOdds)[];
  /** Of the same answer: what the records rest on. Empty: not told. */
  readonly horizons: OddsAnswer["horizons"];
}

export function OddsTable({ within, horizons }: OddsTableProps) {
  const windowsOf = (horizon: string) => horizons.find((each) => each.horizon === horizon)?.record?.windows;
  const notes = [...new Set(within.flatMap(({ note }) => (note === null ? [] : [note])))];
  return (
    <>
      <table class="figures" data-odds="">
        <thead>
          <tr>
            <th scope="col">within</th>
            <th scope="col">reached</th>
            <th scope="col">
              <Term name="record">Brier</Term>
            </th>
            <th scope="col">skill</th>
            {horizons.length === 0 ? null : <th scope="col">n</th>}
          </tr>
        </thead>
        <tbody>
          {within.map(({ horizon, probability, brier, skill }) => (
            <tr key={horizon}>
              <th scope="row">{spaced(horizon)}</th>
              <td>
                <b>{percent(probability)}</b>
              </td>
              <td>{brier === null ? "–" : brier.toFixed(3)}</td>
              <td>{skill === null ? "–" : skillText(skill)}</td>
              {horizons.length === 0 ? null : <td>{windowsOf(horizon) ?? "–"}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {notes.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
      <Records horizons={horizons} />
    </>
  );
}

/** How such odds did before, horizon by horizon. */
function Records({ horizons }: Pick<OddsTableProps, "horizons">) {
  const said = horizons.flatMap((each) => horizonText(each) ?? []);
  if (said.length === 0) return null;
  return (
    <details class="records">
      <summary>How such odds did before</summary>
      {said.map((text) => (
        <p key={text} class="muted">
          {text}
        </p>
      ))}
    </details>
  );
}

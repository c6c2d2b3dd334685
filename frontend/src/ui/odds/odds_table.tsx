/** Odds of a level within each horizon, with the record that they have at this distance. */

import type { OddsAnswer, OddsWithin } from "../../api/odds";
import type { TouchOdds } from "../../api/openapi";
import { percent } from "../../format/usd";
import { horizonText, skillText, spaced } from "../../model/odds_text";
import { Figures, Notes } from "../figure_parts";
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
      <Figures
        data-odds=""
        head={[
          "within",
          "reached",
          <Term key="record" name="record">
            Brier
          </Term>,
          "skill",
          ...(horizons.length === 0 ? [] : ["n"]),
        ]}
        rows={within.map(({ horizon, probability, brier, skill }) => ({
          key: horizon,
          cells: [
            spaced(horizon),
            <b key="reached">{percent(probability)}</b>,
            brier === null ? "–" : brier.toFixed(3),
            skill === null ? "–" : skillText(skill),
            ...(horizons.length === 0 ? [] : [windowsOf(horizon) ?? "–"]),
          ],
        }))}
      />
      <Notes notes={notes} />
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
      <Notes notes={said} />
    </details>
  );
}

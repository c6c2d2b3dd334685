/** What came of a simulation: its totals, the path of its coin, where it was, who was cut, what was assumed. */

import type { Cascade, Ensemble } from "../../api/cascade";
import { formatTime } from "../../format/time";
import { coinRows, modeText, totalRows, whatIfSentence } from "../../model/what_if";
import { stopsLabel } from "../../model/what_if_stops";
import { Assumptions } from "../figure_parts";
import { Sums } from "../parts";
import { Comparison } from "./comparison";
import { RunsPart } from "./runs_part";
import { StopsPart } from "./stops_part";
import { LevelTable, WinnerTable } from "./tables";

interface ResultProps {
  readonly cascade: Cascade;
  /** Of several runs. */
  readonly ensemble: Ensemble | null;
  /** The same question with stops where this is without, or the other way round. */
  readonly beside: Cascade | null;
}

export function Result({ cascade, ensemble, beside }: ResultProps) {
  const first = cascade.coins[0];
  return (
    <>
      <h3>
        <span class="badge simulated">SIMULATED</span>{" "}
        <span class="badge" data-stops={cascade.stops === null ? "without" : "with"}>
          {stopsLabel(cascade)}
        </span>
        {` ${cascade.label}`}
      </h3>
      <p id="what-if-sentence" class="what-if-sentence">
        {`${whatIfSentence(cascade)} Simulated from the levels of ${formatTime(cascade.as_of_ms)}; orders are taken by: ${modeText(cascade.mode)}.`}
      </p>
      <Sums rows={[...totalRows(cascade), ...(first === undefined ? [] : coinRows(first, cascade.stops !== null))]} />
      <LevelTable cascade={cascade} />
      <StopsPart cascade={cascade} />
      {beside === null ? null : <Comparison one={cascade} other={beside} />}
      {ensemble === null ? null : <RunsPart ensemble={ensemble} coin={cascade.coin} />}
      <WinnerTable cascade={cascade} />
      <Assumptions notes={cascade.assumptions} />
      <p class="muted">A run of rules on assumptions, not a forecast.</p>
    </>
  );
}

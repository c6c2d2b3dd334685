/** What came of a simulation: its totals, the path of its coin, where it was, who was cut, what was assumed. */

import type { Cascade } from "../../api/cascade";
import { formatTime } from "../../format/time";
import { coinRows, modeText, totalRows, whatIfSentence } from "../../model/what_if";
import { Assumptions } from "../figure_parts";
import { Sums } from "../parts";
import { LevelTable, WinnerTable } from "./tables";

export function Result({ cascade }: { readonly cascade: Cascade }) {
  const first = cascade.coins[0];
  return (
    <>
      <h3>
        <span class="badge simulated">SIMULATED</span>
        {` ${cascade.label}`}
      </h3>
      <p id="what-if-sentence" class="what-if-sentence">
        {`${whatIfSentence(cascade)} Simulated from the levels of ${formatTime(cascade.as_of_ms)}; orders are taken by: ${modeText(cascade.mode)}.`}
      </p>
      <Sums rows={[...totalRows(cascade), ...(first === undefined ? [] : coinRows(first))]} />
      <LevelTable cascade={cascade} />
      <WinnerTable cascade={cascade} />
      <Assumptions notes={cascade.assumptions} />
      <p class="muted">A run of rules on assumptions, not a forecast.</p>
    </>
  );
}

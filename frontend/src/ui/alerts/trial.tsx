/** A rule tried on stored history: when it would have fired, and what the mark did after; no forecast. */

import type { TrialAnswer, TrialRow } from "../../api/alerts";
import { formatTime } from "../../format/time";
import { afterText, summaryText, trialText } from "../../model/alert_text";
import { Figures, Notes } from "../figure_parts";

export function Trial({ answer }: { readonly answer: TrialAnswer }) {
  const { fired } = answer;
  const horizons = [...new Set(fired.flatMap(({ after }) => after.map(({ horizon }) => horizon)))];
  return (
    <section class="trial" aria-label="Tried on history" data-count={answer.count}>
      <p>
        <b>{trialText(answer)}</b>
      </p>
      {fired.length === 0 ? null : (
        <div class="wide-table" tabIndex={0} role="group" aria-label="When it would have fired, scrolls sideways">
          <Figures
            head={["fired", ...horizons.map((horizon) => `mark ${horizon} later (lowest to highest)`)]}
            rows={fired.map((row) => ({
              key: row.alert.alert_id,
              cells: cellsOf(row, horizons),
              title: row.alert.title,
            }))}
          />
        </div>
      )}
      {answer.count > fired.length ? (
        <p class="muted">{`The first ${fired.length} of ${answer.count} are listed.`}</p>
      ) : null}
      {answer.summary.map((row) => (
        <p key={row.horizon} class="muted">
          {summaryText(row)}
        </p>
      ))}
      <Notes notes={answer.notes} />
    </section>
  );
}

const cellsOf = ({ alert, after }: TrialRow, horizons: readonly string[]): string[] => [
  formatTime(alert.at_ms),
  ...horizons.map((wanted) => {
    const found = after.find(({ horizon }) => horizon === wanted);
    return found === undefined ? "unknown" : afterText(found);
  }),
];

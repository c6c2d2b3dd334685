/** On the way from the mark to a price: liquidations, known stops and resting orders side by side, never added. */

import { useSignal } from "@preact/signals";
import type { TriggersAnswer } from "../../api/triggers";
import { fetchOnTheWay } from "../../api/triggers";
import {
  LINE_WORDS,
  restingText,
  rowBefore,
  stepRows,
  type WayRow,
  wayCells,
  wayRows,
  waySentence,
} from "../../model/absorption";
import { coverageText } from "../../model/trigger_words";
import { Figures, Notes } from "../figure_parts";
import { useCoinAnswer } from "../use_coin_answer";
import { AbsorptionChart } from "./absorption_chart";

/** Percent of the mark at which the slider stands first. */
const FIRST_PERCENT = -5;

export function Absorption() {
  const { answer, problem } = useCoinAnswer("clusters", fetchOnTheWay);
  if (answer === null) {
    return <p role={problem === null ? "status" : "alert"}>{problem ?? "loading"}</p>;
  }
  const rows = wayRows(answer.absorption);
  if (answer.mark === null || rows.length === 0) return <p>The mark is unknown, and so is every way from it.</p>;
  return <Lines answer={answer} rows={rows} mark={answer.mark} />;
}

interface LinesProps {
  readonly answer: TriggersAnswer;
  readonly rows: readonly WayRow[];
  readonly mark: number;
}

function Lines({ answer, rows, mark }: LinesProps) {
  /** The mark moves: the distance is what stays. */
  const percent = useSignal(FIRST_PERCENT);
  const [low, high] = [rows[0]?.distancePercent ?? 0, rows.at(-1)?.distancePercent ?? 0];
  const chosen = rowBefore(rows, mark, mark * (1 + percent.value / 100));
  const said = chosen === null ? "Nothing is known between the mark and this price." : waySentence(chosen);
  return (
    <div id="absorption">
      <p class="muted">
        Below the mark: longs' levels, stop sells, bids. Above it: shorts' levels, stop buys, asks. Three different
        things, not to be added or set off.
      </p>
      <AbsorptionChart rows={rows} mark={mark} at={chosen?.price ?? null} />
      <label>
        <span class="muted">price, from the mark</span>{" "}
        <input
          id="absorption-price"
          type="range"
          min={Math.floor(low)}
          max={Math.ceil(high)}
          step={0.2}
          value={percent.value}
          aria-valuetext={said}
          onInput={(event) => {
            percent.value = Number(event.currentTarget.value);
          }}
        />
      </label>
      <p id="absorption-at">{said}</p>
      <Figures
        head={["to price", "liqui\u00ADdations", LINE_WORDS.stops, LINE_WORDS.resting]}
        rows={stepRows(rows, mark).map((row) => ({ key: row.price, cells: wayCells(row) }))}
      />
      <Notes
        notes={[
          answer.has_triggers
            ? `Stops: ${coverageText(answer.coverage)}`
            : `Stops: unknown, not zero. ${answer.notes[0] ?? "This source has none."}`,
          restingText(answer),
        ]}
      />
    </div>
  );
}

/** The panel "Score": how the map did. What could be told at all stands first, then the tables, then what could not be judged. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { fetchScore, type ScoreAnswer } from "../../api/score";
import type { WordName } from "../../model/glossary";
import {
  asymmetryTable,
  errorTable,
  levelTable,
  partsOf,
  recallTable,
  type ScoreTable,
  unjudgedTable,
} from "../../model/score_text";
import { Notes, Part } from "../figure_parts";
import { Group } from "../parts";
import { Panel } from "../side/panel";
import { useAnswer, usePage } from "../use_page";
import { Hypothesis } from "./hypothesis";
import { Table } from "./table";

const SCOPES = [
  { value: "all", label: "all coins" },
  { value: "coin", label: "this coin" },
] as const;

export function ScorePanel() {
  return <Panel name="score" class="score" draw={() => <Score />} />;
}

function Score(): ComponentChildren {
  const page = usePage();
  const scope = useSignal<"all" | "coin">("all");
  const coin = scope.value === "coin" ? page.coin.value : null;
  // Once a night it changes: asked when the panel is opened.
  const isOpen = page.panel.value === "score";
  const { answer, problem } = useAnswer(isOpen ? `score ${coin ?? ""}` : null, (signal) => fetchScore(coin, signal));
  return (
    <>
      <div class="list-head">
        <Group
          id="score-of"
          label="Scored of"
          small
          value={scope.value}
          items={SCOPES}
          choose={(value) => {
            scope.value = value;
          }}
        />
        <span class="muted">{answer === null ? "" : spanText(answer)}</span>
      </div>
      {problem !== null ? (
        <p class="empty" role="alert">
          {problem}
        </p>
      ) : answer === null ? (
        <p class="empty">loading</p>
      ) : (
        <Scored answer={answer} />
      )}
    </>
  );
}

const spanText = ({ first_day: first, last_day: last, day_count: days }: ScoreAnswer): string =>
  first === null || last === null ? "nothing scored" : `${days} days, ${first} to ${last}`;

function Scored({ answer }: { readonly answer: ScoreAnswer }) {
  return (
    <>
      {answer.note === null ? null : <p class="panel-lead">{answer.note}</p>}
      <Part name="What could be seen at all" word="power">
        {answer.power.length === 0 ? <p class="muted">Nothing yet.</p> : null}
        <ul>
          {answer.power.map(({ figure, horizon, text }) => (
            <li key={`${figure} ${horizon}`}>{text}</li>
          ))}
        </ul>
      </Part>
      <ByPart
        name="Levels that the mark crossed"
        word="scorecard"
        rows={answer.levels}
        make={(by) => levelTable(answer.levels, by)}
      />
      <ByPart
        name="How far liquidations were from their level"
        word="level"
        rows={answer.errors}
        make={(by) => errorTable(answer.errors, by)}
      />
      {answer.recall.is_measurable ? (
        <ByPart
          name="Liquidations that were on the map before"
          word="coverage"
          rows={answer.recall.rows}
          make={(by) => recallTable(answer.recall.rows, by)}
        />
      ) : (
        <Part name="Liquidations that were on the map before" word="coverage">
          <p>{`Not measurable${answer.recall.why === null ? "" : `: ${answer.recall.why}`}`}</p>
        </Part>
      )}
      <Part name="Balance of both sides and later returns" word="asymmetry">
        <Table table={asymmetryTable(answer.asymmetry)} />
      </Part>
      <Part name="What could not be judged">
        <Table table={unjudgedTable(answer.unjudged)} />
      </Part>
      <Hypothesis tested={answer.attraction} isOfAll={answer.coin === null} />
      <Notes notes={answer.notes} class="panel-lead muted" />
    </>
  );
}

interface ByPartProps {
  readonly name: string;
  readonly word: WordName;
  readonly rows: readonly { readonly by: string }[];
  readonly make: (by: string) => ScoreTable;
}

/** One table, cut by what the reader chooses. */
function ByPart({ name, word, rows, make }: ByPartProps) {
  const parts = partsOf(rows);
  const chosen = useSignal("all");
  const by = parts.includes(chosen.value) ? chosen.value : (parts[0] ?? "all");
  return (
    <Part name={name} word={word}>
      {parts.length < 2 ? null : (
        <label class="score-by">
          <span class="muted">by</span>
          <select
            aria-label={`${name}, by`}
            value={by}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {parts.map((part) => (
              <option key={part} value={part}>
                {part.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </label>
      )}
      <Table table={make(by)} />
    </Part>
  );
}

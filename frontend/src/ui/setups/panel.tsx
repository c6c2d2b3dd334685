/** The panel "Setups": of each cluster the evidence around it, with value and rule, and what followed before. No score. */

import type { ComponentChildren } from "preact";
import { type EarlierSetup, fetchSetups, type Setup, type SetupsAnswer } from "../../api/setups";
import { formatTime } from "../../format/time";
import {
  caseText,
  crowdingRows,
  gainingText,
  metText,
  setupName,
  setupRecordText,
  valueText,
} from "../../model/setup_text";
import { bringIntoView } from "../../state/actions";
import { Notes, Part } from "../figure_parts";
import { Term } from "../glossary/term";
import { Sums } from "../parts";
import { Panel } from "../side/panel";
import { useCoinAnswer } from "../use_coin_answer";
import { usePage } from "../use_page";

export function SetupsPanel() {
  return <Panel name="setups" class="setups" draw={() => <Setups />} />;
}

function Setups(): ComponentChildren {
  const { answer, problem } = useCoinAnswer("setups", fetchSetups);
  if (problem !== null)
    return (
      <p class="empty" role="alert">
        {problem}
      </p>
    );
  return answer === null ? <p class="empty">loading</p> : <Known answer={answer} />;
}

function Known({ answer }: { readonly answer: SetupsAnswer }) {
  return (
    <>
      <p class="panel-lead muted">
        {`What stands around each cluster, piece by piece, and what followed such combinations before. It adds up to no score and says nothing of direction. As of ${formatTime(answer.as_of_ms)}.`}
      </p>
      <Part name="Crowding" word="crowding">
        <Sums rows={crowdingRows(answer.crowding)} />
        <p class="muted">{gainingText(answer.crowding)}</p>
      </Part>
      {answer.setups.length === 0 ? <p class="empty">No cluster is known.</p> : null}
      {answer.setups.map((setup) => (
        <SetupPart key={`${setup.side} ${setup.price_low}`} setup={setup} />
      ))}
      <Notes notes={answer.notes} class="panel-lead muted" />
    </>
  );
}

function SetupPart({ setup }: { readonly setup: Setup }) {
  const page = usePage();
  return (
    <section class={`stop-part setup ${setup.side === 1 ? "long" : "short"}`}>
      <button
        type="button"
        class="setup-name"
        onClick={() => bringIntoView(page, { low: setup.price_low, high: setup.price_high })}
      >
        <b>{setupName(setup)}</b>
      </button>
      <ul class="evidence">
        {setup.evidence.map((each) => (
          <li key={each.name} data-met={String(each.is_met)}>
            <b>{`${each.name}: ${metText(each)}`}</b>
            {each.value === null ? ". " : `, ${valueText(each)}. `}
            <span class="muted">{`Rule: ${each.rule}.`}</span>
          </li>
        ))}
      </ul>
      <p>
        <Term name="setup">Before</Term>
        {`: ${setupRecordText(setup.record)}.`}
      </p>
      <Cases cases={setup.record.cases} />
    </section>
  );
}

/** Too few for a share: each by itself, newest first. */
function Cases({ cases }: { readonly cases: readonly EarlierSetup[] }) {
  if (cases.length === 0) return null;
  return (
    <details class="cases">
      <summary>{`Each of them (${cases.length})`}</summary>
      <ul class="muted">
        {[...cases].reverse().map((each) => (
          <li key={`${each.time_ms} ${each.cluster_id}`}>{caseText(each)}</li>
        ))}
      </ul>
    </details>
  );
}

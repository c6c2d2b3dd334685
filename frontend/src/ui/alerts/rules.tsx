/** The rules: each with its switch, a trial on history, and a way to remove it, which can be taken back. */

import { useSignal } from "@preact/signals";
import {
  type AlertsAnswer,
  type Rule,
  type RuleRow,
  removeRule,
  saveRule,
  type TrialAnswer,
  tryRule,
} from "../../api/alerts";
import { reasonOf } from "../../api/client";
import { bareRule, ruleFacts, ruleName, ruleText } from "../../model/alert_text";
import type { Alerts } from "../../state/alerts";
import { usePage } from "../use_page";
import { Trial } from "./trial";

export function Rules({ answer }: { readonly answer: AlertsAnswer }) {
  const { alerts } = usePage();
  const problem = useSignal<string | null>(null);
  const removed = alerts.removed.value;
  return (
    <section aria-label="Rules">
      <h3>Rules</h3>
      {answer.is_writable ? null : <p class="muted">Rules of this map are read only here.</p>}
      {answer.rules.length + answer.broken.length === 0 ? <p class="muted">No rule yet.</p> : null}
      <ul id="rules" class="rules">
        {answer.rules.map((rule) => (
          <Row key={rule.rule_id} rule={rule} isWritable={answer.is_writable} problem={problem} />
        ))}
        {answer.broken.map(({ rule_id: id, trouble }) => (
          <li key={id} class="wrong" data-rule={id}>{`${id} cannot be used: ${trouble}`}</li>
        ))}
      </ul>
      {removed === null ? null : (
        <p role="status">
          {`Removed: ${ruleText(removed)}. `}
          <button
            id="rule-back"
            type="button"
            class="plain-button"
            onClick={() =>
              void changed(alerts, problem, async () => {
                await saveRule(removed);
                alerts.removed.value = null;
              })
            }
          >
            put it back
          </button>
        </p>
      )}
      {problem.value === null ? null : (
        <p class="wrong" role="alert">
          {problem.value}
        </p>
      )}
    </section>
  );
}

interface Problem {
  value: string | null;
}

/** Done by the server, and the list asked again; or why not. */
async function changed(alerts: Alerts, problem: Problem, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
    problem.value = null;
  } catch (error) {
    problem.value = reasonOf(error);
  }
  alerts.beat.value += 1;
}

interface RowProps {
  readonly rule: RuleRow;
  readonly isWritable: boolean;
  readonly problem: Problem;
}

function Row({ rule, isWritable, problem }: RowProps) {
  const page = usePage();
  const { alerts } = page;
  const trial = useSignal<TrialAnswer | "runs" | null>(null);
  const bare: Rule = bareRule(rule);
  const name = ruleName(rule);
  const tryIt = async (): Promise<void> => {
    trial.value = "runs";
    try {
      trial.value = await tryRule(bare);
    } catch (error) {
      trial.value = null;
      problem.value = reasonOf(error);
    }
  };
  return (
    <li data-rule={rule.rule_id}>
      <label class="alert-check">
        <input
          type="checkbox"
          class="rule-on"
          aria-label={`On: ${name}`}
          checked={rule.on !== false}
          disabled={!isWritable}
          onChange={(event) =>
            void changed(alerts, problem, () => saveRule({ ...bare, on: event.currentTarget.checked }))
          }
        />
        <span>
          <b>{name}</b>
          {name === ruleText(rule) ? null : <span>{ruleText(rule)}</span>}
          <span class="muted">{ruleFacts(rule, page.nowMs.value)}</span>
          {rule.trouble == null ? null : <span class="wrong">{rule.trouble}</span>}
        </span>
      </label>
      <p class="alert-ways">
        <button
          type="button"
          class="rule-try"
          aria-label={`Try on history: ${name}`}
          disabled={trial.value === "runs"}
          onClick={() => void tryIt()}
        >
          {trial.value === "runs" ? "trying" : "try on history"}
        </button>
        <button
          type="button"
          class="rule-remove"
          aria-label={`Remove: ${name}`}
          disabled={!isWritable}
          onClick={() =>
            void changed(alerts, problem, async () => {
              await removeRule(rule.rule_id);
              alerts.removed.value = bare;
            })
          }
        >
          remove
        </button>
      </p>
      {trial.value === null || trial.value === "runs" ? null : <Trial answer={trial.value} />}
    </li>
  );
}

/** The form “Alert when …” beside what was pointed at: what is waited for, tried on history, set. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type AlertKind, fetchAlerts, type Rule, saveRule, type TrialAnswer, tryRule } from "../../api/alerts";
import { reasonOf } from "../../api/client";
import { FIRST_TERMS, firstTyped, KINDS, kindsOf, ruleOf, subjectText, type Typed } from "../../model/alert_rules";
import { ruleText } from "../../model/alert_text";
import type { AlertDraft } from "../../state/alerts";
import { useAnswer, usePage } from "../use_page";
import { usePopover } from "../use_popover";
import { AlertFields } from "./fields";
import { AlertTermsPart } from "./terms";
import { Trial } from "./trial";

export function AlertForm() {
  const draft = usePage().alerts.draft.value;
  // Each draft is a form of its own.
  return draft === null ? null : <Form key={draft} draft={draft} />;
}

type Said = { readonly kind: "problem" | "saved"; readonly text: string } | null;

function Form({ draft }: { readonly draft: AlertDraft }) {
  const page = usePage();
  const { subject } = draft;
  const box = useRef<HTMLDivElement>(null);
  const kinds = kindsOf(subject);
  const kind = useSignal<AlertKind>(kinds[0] ?? "level_touched");
  const typed = useSignal<Typed>(firstTyped(subject));
  const terms = useSignal(FIRST_TERMS);
  const said = useSignal<Said>(null);
  const trial = useSignal<TrialAnswer | "runs" | null>(null);
  const close = (): void => {
    page.alerts.end();
    draft.opener?.focus({ preventScroll: true });
  };
  // A trial or another kind makes it higher.
  usePopover(
    box,
    draft,
    () => draft.anchor,
    () => page.alerts.end(),
  );
  useLayoutEffect(() => box.current?.querySelector("select")?.focus({ preventScroll: true }), []);
  /** The rule as it is typed, where it is one. */
  const withRule = async (act: (rule: Rule) => Promise<void>): Promise<void> => {
    const rule = ruleOf(subject, kind.peek(), typed.peek(), terms.peek());
    if (typeof rule === "string") {
      said.value = { kind: "problem", text: rule };
      return;
    }
    said.value = null;
    try {
      await act(rule);
    } catch (error) {
      trial.value = null;
      said.value = { kind: "problem", text: reasonOf(error) };
    }
  };
  const set = (): Promise<void> =>
    withRule(async (rule) => {
      const saved = await saveRule(rule);
      said.value = { kind: "saved", text: `Set: ${ruleText(saved)}.` };
      page.alerts.beat.value += 1;
    });
  const tryIt = (): Promise<void> =>
    withRule(async (rule) => {
      trial.value = "runs";
      trial.value = await tryRule(rule);
    });
  const { answer, problem } = useAnswer("destinations", fetchAlerts);
  return (
    <div
      id="alert-form"
      ref={box}
      class="popover alert-form"
      popover="manual"
      role="dialog"
      aria-labelledby="alert-form-name"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <h2 id="alert-form-name">{subjectText(subject)}</h2>
      <button id="alert-form-close" class="popover-close" type="button" aria-label="Close the form" onClick={close}>
        ×
      </button>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void set();
        }}
      >
        <label>
          <span class="muted">Alert when</span>
          <select
            id="alert-kind"
            value={kind.value}
            onChange={(event) => {
              kind.value = event.currentTarget.value as AlertKind;
              trial.value = said.value = null;
            }}
          >
            {kinds.map((each) => (
              <option key={each} value={each}>
                {KINDS[each].words}
              </option>
            ))}
          </select>
        </label>
        <AlertFields kind={kind.value} typed={typed} />
        <AlertTermsPart terms={terms} destinations={answer?.destinations ?? []} />
        {problem === null ? null : <p class="wrong">{problem}</p>}
        <p class="alert-ways">
          <button id="alert-set" type="submit" class="primary">
            Set alert
          </button>
          <button id="alert-try" type="button" disabled={trial.value === "runs"} onClick={() => void tryIt()}>
            {trial.value === "runs" ? "Trying" : "Try on history"}
          </button>
        </p>
        <p class={said.value?.kind === "problem" ? "wrong" : "muted"} role="status" data-said={said.value?.kind}>
          {said.value?.text}
        </p>
        {trial.value === null || trial.value === "runs" ? null : <Trial answer={trial.value} />}
      </form>
    </div>
  );
}

/** Whether known stops and take-profits are taken along: off at first, and said why where that is not possible. */

import type { Signal } from "@preact/signals";
import type { TriggersAnswer } from "../../api/triggers";
import { switchText } from "../../model/what_if_stops";

interface StopsSwitchProps {
  /** null: not there yet. */
  readonly answer: TriggersAnswer | null;
  readonly problem: string | null;
  readonly isOn: Signal<boolean>;
}

export function StopsSwitch({ answer, problem, isOn }: StopsSwitchProps) {
  const isPossible = answer?.has_triggers === true;
  return (
    <div>
      <label style={{ gridTemplateColumns: "auto 1fr", minHeight: "2.4rem" }}>
        <input
          id="what-if-stops"
          type="checkbox"
          checked={isPossible && isOn.value}
          disabled={!isPossible}
          aria-describedby="what-if-stops-note"
          onChange={(event) => {
            isOn.value = event.currentTarget.checked;
          }}
        />
        with stops and take-profits
      </label>
      <p id="what-if-stops-note" class="muted">
        {switchText(answer, problem)}
      </p>
    </div>
  );
}

/** Terms of an alert that most leave as they are: sound, once, its name, when it is silent, where else it goes. */

import type { Signal } from "@preact/signals";
import type { AlertTerms } from "../../model/alert_rules";
import { Check } from "./check";

interface AlertTermsProps {
  readonly terms: Signal<AlertTerms>;
  readonly destinations: readonly string[];
}

export function AlertTermsPart({ terms, destinations }: AlertTermsProps) {
  const now = terms.value;
  const change = (part: Partial<AlertTerms>): void => {
    terms.value = { ...terms.peek(), ...part };
  };
  return (
    <>
      <div class="alert-checks">
        <Check id="alert-once" name="once" isOn={now.isOnce} set={(isOnce) => change({ isOnce })} />
        <Check id="alert-sound" name="with sound" isOn={now.hasSound} set={(hasSound) => change({ hasSound })} />
        {destinations.map((name) => (
          <Check
            key={name}
            id={`alert-to-${name}`}
            name={`to ${name}`}
            isOn={now.destinations.includes(name)}
            set={(isOn) =>
              change({ destinations: [...now.destinations.filter((each) => each !== name), ...(isOn ? [name] : [])] })
            }
          />
        ))}
      </div>
      <details class="alert-more">
        <summary>Name and quiet times</summary>
        <div class="alert-fields">
          <Field id="alert-name" name="name" value={now.name} set={(name) => change({ name })} />
          <Field
            id="alert-cool-down"
            name="quiet after one, minutes"
            value={now.coolDownMinutes}
            set={(coolDownMinutes) => change({ coolDownMinutes })}
          />
          <Field
            id="alert-quiet-hours"
            name="quiet hours, UTC"
            hint="22:00-07:00"
            value={now.quietHours}
            set={(quietHours) => change({ quietHours })}
          />
        </div>
      </details>
    </>
  );
}

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly hint?: string;
  readonly set: (value: string) => void;
}

function Field({ id, name, value, hint, set }: FieldProps) {
  return (
    <label>
      <span class="muted">{name}</span>
      <input
        id={id}
        type="text"
        autocomplete="off"
        placeholder={hint}
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
      />
    </label>
  );
}

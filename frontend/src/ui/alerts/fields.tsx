/** What a kind of alert asks: a field for each, typed or chosen. */

import type { Signal } from "@preact/signals";
import type { AlertKind } from "../../api/alerts";
import { FIELDS, KINDS, type Typed } from "../../model/alert_rules";

interface AlertFieldsProps {
  readonly kind: AlertKind;
  readonly typed: Signal<Typed>;
}

export function AlertFields({ kind, typed }: AlertFieldsProps) {
  const about = KINDS[kind];
  return (
    <div class="alert-fields">
      {about.fields.map((name) => {
        const { values, label } = FIELDS[name];
        const shared = {
          id: `alert-${name.replace("_", "-")}`,
          value: typed.value[name] ?? "",
          onInput: (event: { readonly currentTarget: { readonly value: string } }) => {
            typed.value = { ...typed.value, [name]: event.currentTarget.value };
          },
        };
        return (
          <label key={name} for={shared.id}>
            <span class="muted">{about.labels?.[name] ?? label}</span>
            {values === undefined ? (
              <input {...shared} type="text" inputmode="decimal" autocomplete="off" />
            ) : (
              <select {...shared}>
                {values.map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </label>
        );
      })}
    </div>
  );
}

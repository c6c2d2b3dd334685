/** Small parts of many panels: a group of buttons of which one is pressed, and names with what they are. */

import type { ComponentChildren } from "preact";
import type { WordName } from "../model/glossary";
import { Term } from "./glossary/term";

export interface GroupItem<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly title?: string | undefined;
}

interface GroupProps<Value extends string> {
  readonly id: string;
  /** The name for screen readers. */
  readonly label: string;
  /** Of the pressed button; null: none is. */
  readonly value: Value | null;
  readonly items: readonly GroupItem<Value>[];
  readonly choose: (value: Value) => void;
  readonly small?: boolean;
  /** Further classes beside `group`. */
  readonly class?: string;
}

export function Group<Value extends string>({ id, label, value, items, choose, ...look }: GroupProps<Value>) {
  const classes = ["group", look.small === true ? "small" : null, look.class ?? null];
  return (
    <div id={id} class={classes.filter((name) => name !== null).join(" ")} role="group" aria-label={label}>
      {items.map((item) => (
        <button
          key={item.value}
          type="button"
          data-value={item.value}
          aria-pressed={item.value === value}
          title={item.title}
          onClick={() => choose(item.value)}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}

/** Of the value: what it is for tests, and a tooltip. Of the name: the word of the glossary that it opens. */
interface SumAttributes {
  readonly word?: WordName;
  readonly "data-total"?: string;
  readonly title?: string;
}

export type SumRow = readonly [name: string, value: ComponentChildren, attributes?: SumAttributes];

/** Names and what they are, one below the other. */
export function Sums({ rows }: { readonly rows: readonly SumRow[] }) {
  return (
    <dl class="sums">
      {rows.map(([name, value, { word, ...attributes } = {}]) => [
        <dt key={`${name} name`}>{word === undefined ? name : <Term name={word}>{name}</Term>}</dt>,
        <dd key={name} {...attributes}>
          {value}
        </dd>,
      ])}
    </dl>
  );
}

/** Parts of what tells figures with their records: a named part, a table, notes, and what a run assumed. */

import type { ComponentChildren } from "preact";
import type { WordName } from "../model/glossary";
import { Term } from "./glossary/term";

interface PartProps {
  readonly name: string;
  /** The word of the glossary that the name opens. */
  readonly word?: WordName | undefined;
  /** What is known of it, for tests and scripts. */
  readonly "data-own"?: number | string;
  readonly children: ComponentChildren;
}

export function Part({ name, word, children, ...attributes }: PartProps) {
  return (
    <section class="stop-part" {...attributes}>
      <h3>{word === undefined ? name : <Term name={word}>{name}</Term>}</h3>
      {children}
    </section>
  );
}

interface FigureRow {
  readonly key: string | number;
  /** The first names the row. */
  readonly cells: readonly ComponentChildren[];
  readonly title?: string | undefined;
}

interface FiguresProps {
  readonly head?: readonly ComponentChildren[];
  readonly rows: readonly FigureRow[];
  /** What it is of, for tests and scripts. */
  readonly "data-chain"?: string;
  readonly "data-odds"?: string;
}

export function Figures({ head, rows, ...attributes }: FiguresProps) {
  return (
    <table class="figures" {...attributes}>
      {head === undefined ? null : (
        <thead>
          <tr>
            {head.map((name, column) => (
              <th key={column} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
      )}
      <tbody>
        {rows.map(({ key, cells: [name, ...figures], title }) => (
          <tr key={key} title={title}>
            <th scope="row">{name}</th>
            {figures.map((figure, column) => (
              <td key={column}>{figure}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface NotesProps {
  readonly notes: readonly string[];
  readonly class?: string;
}

export function Notes({ notes, class: look = "muted" }: NotesProps) {
  return (
    <>
      {notes.map((note) => (
        <p key={note} class={look}>
          {note}
        </p>
      ))}
    </>
  );
}

/** What a run of the rules took for granted. */
export const Assumptions = (what: NotesProps) => <FoldedList name="What was assumed" {...what} />;

/** Folded: few read it. Its name counts what is in it. */
export function FoldedList({ name, notes, class: look }: NotesProps & { readonly name: string }) {
  return (
    <details>
      <summary>{`${name} (${notes.length})`}</summary>
      <ul class={look}>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}

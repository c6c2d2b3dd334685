/** A word that opens its meaning (`model/glossary.ts`). Not for inside of another button. */

import type { ComponentChildren } from "preact";
import type { WordName } from "../../model/glossary";
import { usePage } from "../use_page";

interface TermProps {
  readonly name: WordName;
  readonly children: ComponentChildren;
}

export function Term({ name, children }: TermProps) {
  const { words } = usePage();
  return (
    <button
      type="button"
      class="term"
      aria-haspopup="dialog"
      onClick={(event) => words.toggle(name, event.currentTarget)}
    >
      {children}
    </button>
  );
}

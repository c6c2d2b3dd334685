/** A part that is opened by hand, and asks nothing before: its question costs the server much, or few read it. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

interface FoldedProps {
  readonly name: string;
  readonly class?: string;
  readonly draw: () => ComponentChildren;
}

export function Folded({ name, class: look, draw }: FoldedProps) {
  const isOpen = useSignal(false);
  return (
    <details
      class={look}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>{name}</summary>
      {isOpen.value ? draw() : null}
    </details>
  );
}

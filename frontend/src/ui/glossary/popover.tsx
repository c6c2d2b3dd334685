/** The meaning of a word, beside it: over everything, closed by Esc, by its button or by going elsewhere. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { GLOSSARY } from "../../model/glossary";
import type { OpenWord } from "../../state/words";
import { usePage } from "../use_page";
import { usePopover } from "../use_popover";

export function GlossaryPopover() {
  const open = usePage().words.open.value;
  return open === null ? null : <Word open={open} />;
}

function Word({ open }: { readonly open: OpenWord }) {
  const { words } = usePage();
  const box = useRef<HTMLDivElement>(null);
  usePopover(
    box,
    open,
    () => open.anchor.getBoundingClientRect(),
    (target) => {
      if (!open.anchor.contains(target)) words.close();
    },
  );
  useLayoutEffect(() => box.current?.focus({ preventScroll: true }), [open]);
  const word = GLOSSARY[open.name];
  /** Who closes it by going elsewhere keeps the focus there. */
  const closeBack = (): void => {
    open.anchor.focus({ preventScroll: true });
    words.close();
  };
  return (
    <div
      id="word"
      ref={box}
      class="popover word"
      popover="manual"
      role="dialog"
      aria-labelledby="word-name"
      aria-describedby="word-text"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        closeBack();
      }}
      onFocusOut={(event) => {
        const next = event.relatedTarget as Node | null;
        if (next !== null && box.current?.contains(next) === false && !open.anchor.contains(next)) words.close();
      }}
    >
      <h2 id="word-name">{word.name}</h2>
      <p id="word-text">{word.text}</p>
      <p class="muted">{`More: docs/${word.document}.md`}</p>
      <button id="word-close" class="popover-close" type="button" aria-label="Close the meaning" onClick={closeBack}>
        ×
      </button>
    </div>
  );
}

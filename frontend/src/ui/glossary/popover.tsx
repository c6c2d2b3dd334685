/** The meaning of a word, beside it: over everything, closed by Esc, by its button or by going elsewhere. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { GLOSSARY } from "../../model/glossary";
import { usePage } from "../use_page";
import { besideOf } from "./place";

export function GlossaryPopover() {
  const { words } = usePage();
  const open = words.open.value;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || open === null) return undefined;
    if (!element.matches(":popover-open")) element.showPopover();
    const place = besideOf(
      open.anchor.getBoundingClientRect(),
      element.getBoundingClientRect(),
      innerWidth,
      innerHeight,
    );
    element.style.left = `${place.left}px`;
    element.style.top = `${place.top}px`;
    element.focus({ preventScroll: true });
    const leave = (event: Event): void => {
      const target = event.target as Node;
      if (!element.contains(target) && !open.anchor.contains(target)) words.close();
    };
    document.addEventListener("pointerdown", leave, { capture: true });
    return () => document.removeEventListener("pointerdown", leave, { capture: true });
  }, [open]);
  if (open === null) return null;
  const word = GLOSSARY[open.name];
  /** Who closes it by going elsewhere keeps the focus there. */
  const closeBack = (): void => {
    open.anchor.focus({ preventScroll: true });
    words.close();
  };
  return (
    <div
      key="word"
      id="word"
      ref={box}
      class="word"
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
      <button id="word-close" type="button" aria-label="Close the meaning" onClick={closeBack}>
        ×
      </button>
    </div>
  );
}

/** Copies a text, and says whether it did. */

import { useSignal } from "@preact/signals";

interface CopyProps {
  readonly text: string;
  /** What is copied, for screen readers. */
  readonly what: string;
}

/** For how long the button says so. */
const SAID_MS = 2_000;

export function CopyButton({ text, what }: CopyProps) {
  const said = useSignal<string | null>(null);
  const copy = async (): Promise<void> => {
    said.value = (await copied(text)) ? "copied" : "not copied: the browser refuses";
    window.setTimeout(() => {
      said.value = null;
    }, SAID_MS);
  };
  return (
    <button type="button" class="plain-button" aria-label={said.value ?? `Copy ${what}`} onClick={() => void copy()}>
      {said.value ?? "copy"}
    </button>
  );
}

/** Without a secure connection browsers have no clipboard to write to, but still copy what is selected. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "unseen";
    document.body.append(field);
    const before = document.activeElement;
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    return isDone;
  }
}

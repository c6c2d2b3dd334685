/** A text that counts when it is left, or by Enter. What comes in meanwhile does not overwrite what is being typed. */

import { useSignal } from "@preact/signals";

interface InputEvent {
  readonly currentTarget: { readonly value: string };
}

/** Properties of an input that shows `text` while nobody types in it, and hands over what was typed. */
export function useTyped(text: string, take: (typed: string) => void) {
  const typed = useSignal<string | null>(null);
  const forget = () => {
    typed.value = null;
  };
  return {
    value: typed.value ?? text,
    onInput: (event: InputEvent) => {
      typed.value = event.currentTarget.value;
    },
    onChange: (event: InputEvent) => {
      take(event.currentTarget.value);
      forget();
    },
    // Typed and taken back: the browser tells of no change.
    onBlur: forget,
  };
}

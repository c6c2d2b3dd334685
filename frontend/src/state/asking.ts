/** Questions to the server that follow from the state: asked again when what they rest on changes. */

import { effect, untracked } from "@preact/signals";
import { isAbort } from "../api/client";

/**
 * Asks whenever what `question` reads changes, nothing while it is null. Another question ends the one before; the same
 * one waits for its answer first, or a slow answer would never be seen. `ask` must look at its signal after each wait.
 */
export function askWhen<Question>(
  question: () => Question | null,
  ask: (question: Question, signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): void {
  let request: AbortController | null = null;
  let asked = "";
  let isDue = false;
  const start = (wanted: Question): void => {
    const mine = new AbortController();
    request = mine;
    isDue = false;
    void ask(wanted, mine.signal)
      .catch((error: unknown) => {
        if (!mine.signal.aborted && !isAbort(error)) onError(error);
      })
      .then(() => {
        if (request !== mine) return;
        request = null;
        if (isDue) start(wanted);
      });
  };
  effect(() => {
    const wanted = question();
    const key = JSON.stringify(wanted);
    if (request !== null && key === asked) {
      isDue = true;
      return;
    }
    request?.abort();
    request = null;
    asked = key;
    if (wanted !== null) untracked(() => start(wanted));
  });
}

/** The state of the page for components, and answers that a component alone asks for. */

import { signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext, useEffect, useMemo } from "preact/hooks";
import { isAbort, reasonOf } from "../api/client";
import type { PageState } from "../state/page_state";

export const PageContext = createContext<PageState | null>(null);

export function usePage(): PageState {
  const page = useContext(PageContext);
  if (page === null) throw new Error("a component stands outside of the page");
  return page;
}

/** An answer on its way, there, or why not. While another is asked for the one before stays, marked as late. */
export interface Asked<Answer> {
  readonly answer: Answer | null;
  readonly isLate: boolean;
  readonly problem: string | null;
}

/** Asks when `key` changes, nothing where it is null, and not before it stood for `waitMs`. The question ends with the component. */
export function useAnswer<Answer>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<Answer>,
  waitMs = 0,
): Asked<Answer> {
  const asked = useMemo(() => signal<Asked<Answer>>({ answer: null, isLate: key !== null, problem: null }), []);
  useEffect(() => {
    if (key === null) {
      asked.value = { answer: null, isLate: false, problem: null };
      return;
    }
    const request = new AbortController();
    asked.value = { ...asked.value, isLate: true, problem: null };
    const start = async (): Promise<void> => {
      try {
        const answer = await ask(request.signal);
        if (!request.signal.aborted) asked.value = { answer, isLate: false, problem: null };
      } catch (error) {
        if (request.signal.aborted || isAbort(error)) return;
        asked.value = { answer: null, isLate: false, problem: reasonOf(error) };
      }
    };
    const timer = window.setTimeout(() => void start(), waitMs);
    return () => {
      clearTimeout(timer);
      request.abort();
    };
  }, [key]);
  return asked.value;
}

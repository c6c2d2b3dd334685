/** Positions page by page: all rows so far, and the next page, of the same frame, when it is asked for. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { fetchPositions, isAbort, type PositionsQuestion, reasonOf } from "../../api/client";
import type { PositionsAnswer } from "../../api/schema";
import { useAnswer } from "../use_page";

/** Rows of a page of positions. */
const PAGE_ROWS = 400;

export interface PositionsSoFar {
  /** All rows so far, and the cursor of what follows. */
  readonly answer: PositionsAnswer | null;
  /** Why there is none. */
  readonly problem: string | null;
  readonly isMoreAsked: boolean;
  /** Why the rest is not there. */
  readonly restProblem: string | null;
  readonly more: () => void;
}

/** Of one question for as long as the component stands; what is asked ends with it. */
export function usePositions(coin: string, question: PositionsQuestion): PositionsSoFar {
  const first = useAnswer("once", (signal) =>
    fetchPositions(coin, { ...question, interval: "true" }, PAGE_ROWS, signal),
  );
  const longer = useSignal<PositionsAnswer | null>(null);
  const isMoreAsked = useSignal(false);
  const restProblem = useSignal<string | null>(null);
  const request = useMemo(() => new AbortController(), []);
  useEffect(() => () => request.abort(), []);
  const answer = longer.value ?? first.answer;

  const more = async (): Promise<void> => {
    if (answer === null || isMoreAsked.value) return;
    isMoreAsked.value = true;
    try {
      const next = await fetchPositions(coin, question, PAGE_ROWS, request.signal, answer.next_cursor ?? undefined);
      longer.value = { ...next, interval: answer.interval, positions: [...answer.positions, ...next.positions] };
    } catch (error) {
      if (isAbort(error)) return;
      restProblem.value = reasonOf(error);
    }
    isMoreAsked.value = false;
  };
  return {
    answer,
    problem: first.problem,
    isMoreAsked: isMoreAsked.value,
    restProblem: restProblem.value,
    more: () => void more(),
  };
}

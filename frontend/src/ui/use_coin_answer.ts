/** Answers about the coin on screen that a panel alone asks for, at the moment that is looked at. */

import type { PanelName } from "../state/page_state";
import { useAnswer, usePage } from "./use_page";

/** Figures of these panels rest on minutes to hours. */
const EVERY_MS = 60_000;

interface CoinAnswer<Answer> {
  /** null: not there yet. */
  readonly answer: Answer | null;
  readonly problem: string | null;
}

/** Asked while the panel is open, of the newest moment again each minute. */
export function useCoinAnswer<Answer extends { readonly coin: string }>(
  panel: PanelName,
  ask: (coin: string, signal: AbortSignal, atMs?: number) => Promise<Answer>,
): CoinAnswer<Answer> {
  const page = usePage();
  const [coin, at] = [page.coin.value, page.at.value ?? undefined];
  const minute = Math.floor((page.clusters.value?.as_of_ms ?? 0) / EVERY_MS);
  const key = page.panel.value === panel && coin !== null ? `${coin} ${at ?? minute}` : null;
  const { answer, problem } = useAnswer(key, (signal) => ask(coin ?? "", signal, at));
  return { answer: answer?.coin === coin ? answer : null, problem };
}

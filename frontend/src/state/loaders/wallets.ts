/** Accounts that are followed, the level through time of the one that is looked at, and the account of the link. */

import { computed, effect, untracked } from "@preact/signals";
import { ApiError, fetchAccount, fetchAccountHistory } from "../../api/client";
import type { AccountAnswer } from "../../api/schema";
import { steadySpan } from "../../model/wallet_history";
import { change, closeDrawer, openWallet } from "../actions";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

/** Figures come every few seconds; a level is looked at less often. */
const EVERY_MS = 15_000;
/** Columns of a history: what a wide screen tells apart. */
const COLUMNS = 600;

export function keepWallets(page: PageState): void {
  keepBeat(page);
  keepAnswers(page);
  keepHistory(page);
  keepLink(page);
}

/** With the figures of a map that moves, but not as often. */
function keepBeat(page: PageState): void {
  let lastMs = Date.now();
  effect(() => {
    void page.news.figures.value;
    if (Date.now() - lastMs < EVERY_MS) return;
    lastMs = Date.now();
    untracked(() => {
      page.wallets.beat.value += 1;
    });
  });
}

/** One after the other: there is no hurry. */
function keepAnswers(page: PageState): void {
  const { wallets } = page;
  askWhen(
    () => {
      void wallets.beat.value;
      const addresses = wallets.saved.value.filter((each) => each.isShown).map((each) => each.address);
      if (!page.isStarted.value || addresses.length === 0 || page.isHidden.value) return null;
      return { addresses, at: page.at.value };
    },
    async ({ addresses, at }, signal) => {
      for (const address of addresses) {
        const answer = await answerOf(address, at, signal);
        if (signal.aborted) return;
        wallets.answers.value = new Map([...wallets.answers.value, [address, answer]]);
      }
    },
    (error) => page.tell(error),
  );
}

/** The answer, or the server's reason: an address that holds nothing here is no failure of the page. */
async function answerOf(address: string, at: number | null, signal: AbortSignal): Promise<AccountAnswer | string> {
  try {
    return await fetchAccount(address, at ?? undefined, signal);
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}

function keepHistory(page: PageState): void {
  const { wallets } = page;
  const wanted = (): { address: string; coin: string; startMs: number; endMs: number } | null => {
    const top = page.drawer.value.at(-1);
    const [coin, area] = [page.coin.value, page.visible.value];
    if (top?.kind !== "account" || coin === null || area === null || !wallets.isHistoryShown.value) return null;
    return { address: top.address, coin, ...steadySpan(area) };
  };
  // Compared by value: a view that moved a little, within the span that was asked for, is no new question.
  const asked = computed(() => JSON.stringify(wanted()));
  effect(() => {
    void asked.value;
    const question = untracked(wanted);
    const shown = wallets.history.peek();
    const isOf = typeof shown !== "string" && shown?.address === question?.address && shown?.coin === question?.coin;
    if (shown !== null && !isOf) wallets.history.value = null;
  });
  askWhen(
    () => {
      void page.news.stored.value;
      void asked.value;
      return page.isStarted.value && !page.isHidden.value ? untracked(wanted) : null;
    },
    async ({ address, coin, startMs, endMs }, signal) => {
      try {
        const answer = await fetchAccountHistory(address, coin, { startMs, endMs }, COLUMNS, signal);
        if (!signal.aborted) wallets.history.value = answer;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!signal.aborted) wallets.history.value = error.message;
      }
    },
    (error) => page.tell(error),
  );
}

/** The account in the link is the one whose page is open, both ways. */
function keepLink(page: PageState): void {
  const open = (): string | null => {
    const top = page.drawer.value.at(-1);
    return top?.kind === "account" ? top.address : null;
  };
  // Its own: other parts of the link change while the drawer closes.
  const inLink = computed(() => page.view.value.account);
  effect(() => {
    const linked = inLink.value;
    untracked(() => {
      if (linked === open()) return;
      if (linked !== null) openWallet(page, linked);
      else closeDrawer(page);
    });
  });
  effect(() => {
    const account = open();
    untracked(() => {
      if (account !== page.view.value.account) change(page, { account });
    });
  });
}

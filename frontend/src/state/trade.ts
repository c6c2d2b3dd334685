/** The question "where does my stop stand?": its lines, which a link carries, and the other terms of the trade. */

import { batch, signal } from "@preact/signals";
import type { StopAnswer } from "../api/stop";
import { toTick } from "../model/price_ticks";
import type { TypedTerms } from "../model/stop_question";
import type { PlannedTrade } from "../model/view_hash";
import { change, openPanel } from "./actions";
import type { PageState } from "./page_state";

/** Where the stop stands first, a part of the entry away from it. */
const FIRST_PART = 0.02;
/** USD that are lost at the stop, before a reader says another sum. */
const FIRST_RISK = "100";

export const LINES = ["entry", "stop"] as const;
export type LineName = (typeof LINES)[number];

/** As typed, apart from the prices. Empty: not given. */
export class TradeTerms {
  /** USD at risk, or coins. */
  readonly amount = signal(FIRST_RISK);
  readonly isSized = signal(false);
  readonly margin = signal("");
  readonly leverage = signal("");
  readonly isIsolated = signal(false);
  readonly account = signal("");
  readonly feeBps = signal("");
  /** The answer, or why there is none. */
  readonly answer = signal<StopAnswer | string | null>(null);
  /** How the simulation of overshoots goes: nothing was asked, it runs, or why it failed. */
  readonly simulating = signal<"no" | "runs" | { readonly failed: string }>("no");

  get typed(): TypedTerms {
    const { amount, isSized, margin, leverage, isIsolated, account, feeBps } = this;
    return {
      amount: amount.value,
      isSized: isSized.value,
      margin: margin.value,
      leverage: leverage.value,
      isIsolated: isIsolated.value,
      account: account.value,
      feeBps: feeBps.value,
    };
  }
}

/** Puts entry and stop on the map and opens their panel, or takes them away. */
export function toggleTrade(page: PageState): void {
  const { mark } = page;
  if (page.view.value.trade !== null) change(page, { trade: null });
  else {
    batch(() => {
      if (mark.value !== null) change(page, { trade: firstTrade(mark.value, true) });
      openPanel(page, "stop");
    });
  }
}

export function moveLine(page: PageState, name: LineName, price: number): void {
  const { trade } = page.view.peek();
  if (trade === null || !(price > 0 && Number.isFinite(price))) return;
  change(page, { trade: { ...trade, [name]: toTick(price) } });
}

/** The other side keeps the entry; its stop stands as far away on the other side. */
export function setTradeSide(page: PageState, isLong: boolean): void {
  const { trade } = page.view.peek();
  if (trade === null || trade.isLong === isLong) return;
  const { entry, stop } = trade;
  const isRight = isLong ? stop < entry : stop > entry;
  change(page, { trade: { isLong, entry, stop: isRight ? stop : toTick((entry * entry) / stop) } });
}

function firstTrade(mark: number, isLong: boolean): PlannedTrade {
  return { isLong, entry: toTick(mark), stop: toTick(mark * (isLong ? 1 - FIRST_PART : 1 + FIRST_PART)) };
}

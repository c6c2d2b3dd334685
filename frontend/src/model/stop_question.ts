/** What is asked about a trade: its prices and the terms that a reader typed. */

import type { Parameters } from "../api/client";
import { ungrouped } from "../format/typed";
import type { PlannedTrade } from "./view_hash";

/** As typed; empty: not given. */
export interface TypedTerms {
  readonly amount: string;
  /** The amount is coins and not USD at risk. */
  readonly isSized: boolean;
  readonly margin: string;
  readonly leverage: string;
  readonly isIsolated: boolean;
  readonly account: string;
  readonly feeBps: string;
}

/** The question, or what is wrong with it in one sentence. */
export function stopQuestion(trade: PlannedTrade, terms: TypedTerms, atMs: number | null): Parameters | string {
  const numbers = {
    [terms.isSized ? "size" : "risk"]: terms.amount,
    margin: terms.margin,
    leverage: terms.leverage,
    fee: terms.feeBps,
  };
  const known: Record<string, number> = {};
  for (const [name, text] of Object.entries(numbers)) {
    const plain = ungrouped(text);
    if (plain === "") continue;
    const value = Number(plain);
    if (!Number.isFinite(value)) return `${name}: “${text}” is no number.`;
    known[name] = value;
  }
  const account = terms.account.trim();
  return {
    side: trade.isLong ? "long" : "short",
    entry: trade.entry,
    stop: trade.stop,
    ...known,
    ...(terms.isIsolated ? { isolated: "true" } : {}),
    ...(account === "" ? {} : { account }),
    ...(atMs === null ? {} : { at: atMs }),
  };
}

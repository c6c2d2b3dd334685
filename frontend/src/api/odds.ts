/** GET /api/v1/coins/{coin}/odds and /chain: how often price got so far, and from cluster to cluster. */

import { at, getJson, type Parameters } from "./client";
import type { ChainAnswer, ChainLink, ChainSide, HorizonRow, OddsAnswer, OddsLevel, WithinRow } from "./openapi";

export type { ChainAnswer, ChainLink, ChainSide, OddsAnswer, OddsLevel };
export type OddsHorizon = HorizonRow;
export type OddsWithin = WithinRow;

/** Without a price: of all clusters. */
export const fetchOdds = (coin: string, question: Parameters, signal?: AbortSignal): Promise<OddsAnswer> =>
  getJson(at(coin, "odds"), question, signal);
/** Takes seconds where nobody asked before. */
export const fetchChain = (coin: string, side: number, signal?: AbortSignal, atMs?: number): Promise<ChainAnswer> =>
  getJson(at(coin, "chain"), { side, at: atMs }, signal);

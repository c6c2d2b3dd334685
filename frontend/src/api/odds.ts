/** GET /api/v1/coins/{coin}/odds and /chain: how often price got so far, and from cluster to cluster. */

import { at, getJson } from "./client";
import type { ChainAnswer, ChainLink, ChainSide, HorizonRow, OddsAnswer, OddsLevel, WithinRow } from "./openapi";

export type { ChainAnswer, ChainLink, ChainSide, OddsAnswer, OddsLevel };
export type OddsHorizon = HorizonRow;
export type OddsWithin = WithinRow;

/** Of all clusters. */
export const fetchOdds = (coin: string, signal?: AbortSignal, atMs?: number): Promise<OddsAnswer> =>
  getJson(at(coin, "odds"), { at: atMs }, signal);
/** Takes seconds where nobody asked before. */
export const fetchChain = (coin: string, side: number, signal?: AbortSignal, atMs?: number): Promise<ChainAnswer> =>
  getJson(at(coin, "chain"), { side, at: atMs }, signal);

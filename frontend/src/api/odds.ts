/** GET /api/v1/coins/{coin}/odds: how often price got so far. */

import { at, getJson, type Parameters } from "./client";
import type { HorizonRow, OddsAnswer, OddsLevel, WithinRow } from "./openapi";

export type { OddsAnswer, OddsLevel };
export type OddsHorizon = HorizonRow;
export type OddsWithin = WithinRow;

/** Without a price: of all clusters. */
export const fetchOdds = (coin: string, question: Parameters, signal?: AbortSignal): Promise<OddsAnswer> =>
  getJson(at(coin, "odds"), question, signal);

/** GET /api/v1/coins/{coin}/stop: where a stop stands among the clusters, and how large the trade is. */

import { at, getJson, type Parameters } from "./client";
import type { NextStopRow, OwnLevel, StopAnswer, StopCluster, StopSizing } from "./openapi";

export type { StopAnswer, StopCluster, StopSizing };
export type NextStop = NextStopRow;
export type StopLiquidation = OwnLevel;

export const fetchStop = (coin: string, question: Parameters, signal?: AbortSignal): Promise<StopAnswer> =>
  getJson(at(coin, "stop"), question, signal);

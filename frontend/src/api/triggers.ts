/** GET /api/v1/coins/{coin}/triggers: stops and take-profits as far as they were read, never summed with levels or the book. */

import { at, getJson } from "./client";
import type { TriggersAnswer } from "./openapi";

export type { TriggersAnswer };

/** The finest bands, so that those of any zoom are sums of them, as far from the mark as clusters are listed. */
const FINEST = { level: 0, within_percent: 25 };

export const fetchTriggers = (coin: string, signal?: AbortSignal, atMs?: number): Promise<TriggersAnswer> =>
  getJson(at(coin, "triggers"), { ...FINEST, at: atMs }, signal);

/** Bands of 0.2 %, as those of a simulation: lines on the way to a price, and whether there are trigger orders at all. */
export const fetchOnTheWay = (coin: string, signal?: AbortSignal, atMs?: number): Promise<TriggersAnswer> =>
  getJson(at(coin, "triggers"), { level: 2, within_percent: 25, at: atMs }, signal);

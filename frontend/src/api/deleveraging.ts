/** GET /api/v1/coins/{coin}/deleveraging and /accounts/{address}/deleveraging: who is closed for whose loss. */

import { at, getJson } from "./client";
import type {
  AccountDeleveragingAnswer,
  DeleveragingAnswer,
  DeleveragingPayer,
  QueuedPosition,
  QueueRank,
} from "./openapi";

export type { QueueRank };
export type Payer = DeleveragingPayer;
export type PositionRank = QueuedPosition;

/** Takes seconds where nobody asked before. */
export const fetchDeleveraging = (coin: string, signal?: AbortSignal, atMs?: number): Promise<DeleveragingAnswer> =>
  getJson(at(coin, "deleveraging"), { at: atMs }, signal);
export const fetchQueueRank = (
  address: string,
  signal?: AbortSignal,
  atMs?: number,
): Promise<AccountDeleveragingAnswer> =>
  getJson(`/accounts/${encodeURIComponent(address)}/deleveraging`, { at: atMs }, signal);

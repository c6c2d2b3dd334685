/** GET /api/v1/coins/{coin}/setups: evidence around each cluster, and what followed such combinations before. */

import { at, getJson } from "./client";
import type {
  CrowdingAnswer,
  EarlierSetup,
  EvidenceAnswer,
  SetupAnswer,
  SetupRecordAnswer,
  SetupsAnswer,
} from "./openapi";

export type { EarlierSetup, SetupsAnswer };
export type Setup = SetupAnswer;
export type SetupEvidence = EvidenceAnswer;
export type SetupRecord = SetupRecordAnswer;
export type Crowding = CrowdingAnswer;

export const fetchSetups = (coin: string, signal?: AbortSignal, atMs?: number): Promise<SetupsAnswer> =>
  getJson(at(coin, "setups"), { at: atMs }, signal);

/** GET /api/v1/score: how the map's levels did against what happened, night by night. */

import { getJson } from "./client";
import type {
  AsymmetryRelation,
  Attraction,
  LevelError,
  LevelScore,
  RecallScore,
  ScoreAnswer,
  ScoredShare,
  Unjudged,
} from "./openapi";

export type { AsymmetryRelation, Attraction, LevelError, LevelScore, RecallScore, ScoreAnswer, ScoredShare, Unjudged };

/** null: of all coins. */
export const fetchScore = (coin: string | null, signal?: AbortSignal): Promise<ScoreAnswer> =>
  getJson("/score", { coin: coin ?? undefined }, signal);

/** GET /api/v1/coins/{coin}/caveats: what the map leaves open, in figures. */

import { at, getJson } from "./client";
import type { CaveatFigure, CaveatsAnswer } from "./openapi";

export type { CaveatFigure, CaveatsAnswer };

export const fetchCaveats = (coin: string, signal?: AbortSignal, atMs?: number): Promise<CaveatsAnswer> =>
  getJson(at(coin, "caveats"), { at: atMs }, signal);

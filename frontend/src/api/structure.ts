/** GET /api/v1/coins/{coin}/structure: swings, days, ranges and the volume profile, and what clusters stand beside. */

import { at, getJson } from "./client";
import type { StructureAnswer } from "./openapi";

export type { StructureAnswer };

export const fetchStructure = (coin: string, signal?: AbortSignal, atMs?: number): Promise<StructureAnswer> =>
  getJson(at(coin, "structure"), { at: atMs }, signal);

/** How far a read replica is behind its collector, in words. What a replica shows is the collector's, later. */

import type { Status } from "../api/schema";
import type { SourcesAnswer } from "../api/sources";
import { formatDelay } from "../format/time";

interface Told {
  readonly status: Status | null;
  readonly sources: SourcesAnswer | null;
}

/** Whether this map is a replica: its sources say so, or its status, which comes first, tells of a lag. */
export const isReplica = ({ status, sources }: Told): boolean =>
  Boolean(sources?.replica) || typeof status?.replica_lag_ms === "number";

/**
 * Milliseconds behind the collector; null: not known. Each frame brings the status; while none comes only the
 * sources are asked anew, and their word is the newer one.
 */
export function lagOf({ status, sources }: Told): number | null {
  const [told, asked] = [status?.replica_lag_ms ?? null, sources?.replica?.lag_ms ?? null];
  return status?.is_live === true ? (told ?? asked) : (asked ?? told);
}

/** 42 s behind its collector. A collector that was never heard is not taken for one that is near. */
export const lateText = (lagMs: number | null): string =>
  `${formatDelay(lagMs)}${lagMs === null ? " time" : ""} behind its collector`;

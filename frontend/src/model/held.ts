/** How long coins have stood in a cluster, in words; and the filter by it. */

import { formatAge } from "../format/time";

/** Choices of the filter; the server takes the same words. */
export const HELD = ["any", "1h", "4h", "1d", "3d"] as const;
export type Held = (typeof HELD)[number];

export const HELD_WORDS: Readonly<Record<Held, string>> = {
  any: "any",
  "1h": "≥ 1 h",
  "4h": "≥ 4 h",
  "1d": "≥ 1 d",
  "3d": "≥ 3 d",
};

export const isHeld = (value: string): value is Held => (HELD as readonly string[]).includes(value);

/** What of a cluster says how long it has stood. */
export interface Ages {
  readonly weighted_age_ms?: number | null;
  readonly is_weighted_age_at_least?: boolean | null;
  readonly age_ms?: number | null;
  readonly is_age_at_least?: boolean | null;
  readonly persistence_1h?: number | null;
  readonly persistence_4h?: number | null;
  readonly persistence_1d?: number | null;
  readonly persistence_3d?: number | null;
}

/** 3.2 h; "at least" where the record begins later. */
const atLeast = (ms: number, isAtLeast: boolean | null | undefined): string =>
  isAtLeast === true ? `at least ${formatAge(ms)}` : formatAge(ms);

/** Held 3.2 h: the weighted age, which needs no identity; null where nothing was studied. */
export function heldText(cluster: Ages): string | null {
  const age = cluster.weighted_age_ms ?? null;
  return age === null ? null : `held ${atLeast(age, cluster.is_weighted_age_at_least)}`;
}

/** Cluster for at least 2.0 h: since its birth. */
export function ageText(cluster: Ages): string | null {
  const age = cluster.age_ms ?? null;
  return age === null ? null : `cluster for ${atLeast(age, cluster.is_age_at_least)}`;
}

const SPANS = [
  ["3 d", "persistence_3d"],
  ["1 d", "persistence_1d"],
  ["4 h", "persistence_4h"],
  ["1 h", "persistence_1h"],
] as const;

/** 62 % there for 4 h: of the longest span that the record reaches; null where none does. */
export function persistenceText(cluster: Ages): string | null {
  for (const [words, name] of SPANS) {
    const share = cluster[name] ?? null;
    if (share !== null) return `${Math.round(share * 100)} % there for ${words}`;
  }
  return null;
}

/** Longs held 3.2 h, 62 % there for 4 h: what each side holds in a span of prices; nothing of a side that holds none. */
export function spanTexts(ages: readonly (Ages & { readonly side: number })[]): string[] {
  return ages.flatMap((each) => {
    const held = heldText(each);
    if (held === null) return [];
    return [[`${each.side === 1 ? "longs" : "shorts"} ${held}`, persistenceText(each)].filter(Boolean).join(", ")];
  });
}

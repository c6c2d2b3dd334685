/** What the drawer shows. */

import type { PositionsQuestion } from "../api/client";
import type { Cluster, EventAnswer } from "../api/schema";

export type DrawerView =
  /** The accounts that a reader follows. */
  | { readonly kind: "accounts" }
  /** Rules of alerts, and what fired. */
  | { readonly kind: "alerts" }
  | {
      readonly kind: "positions";
      readonly title: string;
      readonly coin: string;
      readonly question: PositionsQuestion;
      /** Whose life stands above the rows. */
      readonly cluster: Cluster | null;
    }
  /** As it is now, or as it was at a time. */
  | { readonly kind: "account"; readonly address: string; readonly atMs: number | null }
  | { readonly kind: "event"; readonly coin: string; readonly event: EventAnswer };

/** Answers about a live map's feed: /api/v1/sources and /api/v1/liquidations; the types are the server's own. */

import type { StatusAnswer } from "./openapi";

export type {
  CoinCoverage,
  DoubtRow,
  KindRow,
  LiquidationRow,
  LiquidationsAnswer,
  NearCoverage,
  ReplicaAnswer,
  SourceRow,
  SourcesAnswer,
} from "./openapi";

export type FeedState = StatusAnswer["feed_state"];

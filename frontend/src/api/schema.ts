/** Answers of the HTTP API and messages of the stream (docs/api.md), by the page's names; the types are the server's own. */

import type {
  AccountAnswer,
  AccountHistoryAnswer,
  AccountPosition,
  AccountStateAnswer,
  AgreementAnswer,
  Alert,
  AsymmetryAnswer,
  AsymmetryRow,
  BoardAnswer,
  BoardRow,
  BookAnswer,
  CandlesAnswer,
  CascadeStateRow,
  CascadesAnswer,
  CascadesMessage,
  ChangesMessage,
  ClusterAnswer,
  ClusterLifeAnswer,
  ClustersAnswer,
  ClustersMessage,
  CoinAnswer,
  CoinsAnswer,
  ContextAnswer,
  DamageRow,
  ErrorMessage,
  EventAnswer,
  EventsAnswer,
  FrameAnswer,
  HeatmapHeader,
  JointNote,
  LifeReason,
  MarginSourceShare,
  PoolAnswer,
  PositionAnswer,
  PositionsAnswer,
  ProvenanceAnswer,
  ScaleAnswer,
  SpreadColumns,
  StatusAnswer,
  StatusMessage,
  SweepAnswer,
  SweepsAnswer,
  SweepsMessage,
  ViewColumns,
  ViewFrame,
  ViewMessage as WholeMessage,
} from "./openapi";

export type {
  AccountAnswer,
  AccountHistoryAnswer,
  AccountStateAnswer,
  AgreementAnswer,
  AsymmetryAnswer,
  AsymmetryRow,
  BoardAnswer,
  BoardRow,
  BookAnswer,
  CandlesAnswer,
  CascadeStateRow,
  CascadesAnswer,
  ClusterLifeAnswer,
  ClustersAnswer,
  CoinsAnswer,
  ContextAnswer,
  DamageRow,
  EventAnswer,
  EventsAnswer,
  FrameAnswer,
  HeatmapHeader,
  JointNote,
  LifeReason,
  PositionsAnswer,
  ScaleAnswer,
  SpreadColumns,
  SweepAnswer,
  SweepsAnswer,
  ViewFrame,
};

/** 1 long, -1 short. */
export type Side = number;
export type MarginSource = keyof MarginSourceShare;
export type Provenance = ProvenanceAnswer;
export type Status = StatusAnswer;
export type CoinRow = CoinAnswer;
export type Cluster = ClusterAnswer;
export type PositionRow = PositionAnswer;
export type Pool = PoolAnswer;
export type PoolPosition = AccountPosition;

/** Rows as columns; one per band and side. What follows from size and mark is not told. */
export type BandRows = ViewColumns;

/** A frame whose bands stand at joint levels. */
export type JointFrame = FrameAnswer & { readonly joint: JointNote };

export type CandleRow = CandlesAnswer["candles"][number];

export type ViewMessage = WholeMessage | ChangesMessage;
/** Something happened to clusters of the coin watched; the routes say how it stands. */
export type StudyMessage = ClustersMessage | SweepsMessage | CascadesMessage;
/** Rules that fired, of any coin. */
export type AlertsMessage = { readonly type: "alerts"; readonly alerts: readonly Alert[] };
export type StreamMessage = ViewMessage | StatusMessage | ErrorMessage | StudyMessage | AlertsMessage;

export const isStudy = (message: StreamMessage): message is StudyMessage =>
  message.type === "clusters" || message.type === "sweeps" || message.type === "cascades";

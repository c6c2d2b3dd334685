/** The HTTP API as functions. Each takes an AbortSignal, so that a newer question replaces an older one. */

import type { TimeSpan } from "../model/candle_plan";
import type { ContextQuestion } from "../model/context_plan";
import type { Held } from "../model/held";
import type { Levels } from "../model/view_hash";
import { askUntilRoom } from "./busy";
import type {
  AccountAnswer,
  AccountHistoryAnswer,
  AccountStateAnswer,
  AgreementAnswer,
  AsymmetryAnswer,
  BoardAnswer,
  BookAnswer,
  CandlesAnswer,
  CascadesAnswer,
  ClusterLifeAnswer,
  ClustersAnswer,
  CoinsAnswer,
  ContextAnswer,
  EventsAnswer,
  FrameAnswer,
  JointFrame,
  PositionsAnswer,
  ScaleAnswer,
  Status,
  SweepsAnswer,
} from "./schema";
import type { LiquidationsAnswer, SourcesAnswer } from "./sources";

/** Relative to the page, which a proxy may serve under a path of its own. */
export const ROOT = "api/v1";

/** A refused or failed request; the message is the server's own sentence where it gave one. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Why there is no answer, within a sentence. */
export const reasonOf = (error: unknown): string =>
  error instanceof ApiError ? error.message : "the server does not answer";

/** More coins than there are. */
const MAX_BOARD_ROWS = 10_000;

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

export type Parameters = Readonly<Record<string, number | string | undefined>>;

export interface HeatmapQuestion {
  readonly startMs: number;
  readonly endMs: number;
  readonly width: number;
  readonly height: number;
  readonly lowPrice: number;
  readonly highPrice: number;
  readonly levels: Levels;
}

/** What selects positions: a cell of the map, or a span of prices and perhaps a side. */
export type PositionsQuestion = (
  | { readonly band: number; readonly level: number; readonly at?: number }
  | { readonly price_low: number; readonly price_high: number; readonly side?: number; readonly at?: number }
) & {
  /** With what stands there at least and at most. */
  readonly interval?: "true";
};

export const fetchStatus = (signal?: AbortSignal): Promise<Status> => getJson("/status", {}, signal);
export const fetchCoins = (signal?: AbortSignal): Promise<CoinsAnswer> => getJson("/coins", {}, signal);
/** So many coins of the lists by coin, and the coverage of one in any case. */
export const fetchSources = (limit: number, coin: string | null, signal?: AbortSignal): Promise<SourcesAnswer> =>
  getJson("/sources", { limit, coin: coin ?? undefined }, signal);
/** Newest first. */
export const fetchLiquidations = (
  question: Parameters,
  limit: number,
  signal?: AbortSignal,
): Promise<LiquidationsAnswer> => getJson("/liquidations", { ...question, limit }, signal);
/** Bands of the newest moment, or of one before, with all coins moving. */
export const fetchJointFrame = (coin: string, signal?: AbortSignal, atMs?: number): Promise<JointFrame> =>
  getJson(at(coin, "frame"), { mode: "joint", at: atMs }, signal);
/** Bands of a stored moment, merged to those of a level. */
export const fetchFrame = (coin: string, atMs: number, level: number, signal?: AbortSignal): Promise<FrameAnswer> =>
  getJson(at(coin, "frame"), { at: atMs, level }, signal);
/** Times of stored frames: the last in each of so many parts of a span, null where there is none. */
export const fetchTimes = (
  coin: string,
  span: TimeSpan,
  parts: number,
  signal?: AbortSignal,
): Promise<{ readonly time_ms: readonly (number | null)[] }> =>
  getJson(at(coin, "context"), { start: span.startMs, end: span.endMs, width: parts }, signal);
/** Of all time, or of a span of it: the shorter, the finer. */
export const fetchCandles = (coin: string, signal?: AbortSignal, span?: TimeSpan): Promise<CandlesAnswer> =>
  getJson(at(coin, "candles"), { start: span?.startMs, end: span?.endMs }, signal);
/** Resting orders of a window: a layer of its own, with its own scale. */
export const fetchBook = (
  coin: string,
  question: Omit<HeatmapQuestion, "levels">,
  signal?: AbortSignal,
): Promise<BookAnswer> =>
  getJson(
    at(coin, "book"),
    {
      start: Math.round(question.startMs),
      end: Math.round(question.endMs),
      width: question.width,
      height: question.height,
      price_low: question.lowPrice,
      price_high: question.highPrice,
    },
    signal,
  );
/** Solo clusters, or joint ones; only those held for so long. */
export const fetchClusters = (
  coin: string,
  signal?: AbortSignal,
  levels: Levels = "solo",
  held: Held = "any",
  atMs?: number,
): Promise<ClustersAnswer> => {
  const mode = levels === "solo" ? undefined : levels;
  return getJson(at(coin, "clusters"), { mode, held_for: held === "any" ? undefined : held, at: atMs }, signal);
};
/** The life of a cluster that keeps its identity, perhaps up to an end. */
export const fetchLife = (
  coin: string,
  cluster: string,
  signal?: AbortSignal,
  question: Parameters = {},
): Promise<ClusterLifeAnswer> => getJson(`${at(coin, "clusters")}/${encodeURIComponent(cluster)}`, question, signal);
/** Liquidations with their impact, newest first. */
export const fetchEvents = (
  coin: string,
  question: Parameters,
  limit: number,
  signal?: AbortSignal,
): Promise<EventsAnswer> => getJson(at(coin, "events"), { ...question, limit }, signal);
export const fetchSweeps = (coin: string, limit: number, signal?: AbortSignal): Promise<SweepsAnswer> =>
  getJson(at(coin, "sweeps"), { limit }, signal);
/** Changes of state before a time, newest first. */
export const fetchCascades = (
  coin: string,
  limit: number,
  signal?: AbortSignal,
  endMs?: number,
): Promise<CascadesAnswer> => getJson(at(coin, "cascades"), { limit, end: endMs }, signal);
export const fetchAsymmetry = (coin: string, signal?: AbortSignal, atMs?: number): Promise<AsymmetryAnswer> =>
  getJson(at(coin, "asymmetry"), { at: atMs }, signal);
export const fetchScale = (coin: string, signal?: AbortSignal): Promise<ScaleAnswer> =>
  getJson(at(coin, "scale"), {}, signal);
/** All coins side by side. */
export const fetchBoard = (signal?: AbortSignal): Promise<BoardAnswer> =>
  getJson("/board", { limit: MAX_BOARD_ROWS }, signal);
export const fetchContext = (ask: ContextQuestion, signal?: AbortSignal): Promise<ContextAnswer> =>
  getJson(at(ask.coin, "context"), { start: ask.startMs, end: ask.endMs, width: ask.width }, signal);
export const fetchPositions = (
  coin: string,
  question: PositionsQuestion,
  limit: number,
  signal?: AbortSignal,
  cursor?: string,
): Promise<PositionsAnswer> => getJson(at(coin, "positions"), { ...question, limit, cursor }, signal);
export const fetchAccount = (address: string, atMs?: number, signal?: AbortSignal): Promise<AccountAnswer> =>
  getJson(`/accounts/${encodeURIComponent(address)}`, { at: atMs }, signal);
/** What an address held of a coin through time, and where it would have been liquidated. */
export const fetchAccountHistory = (
  address: string,
  coin: string,
  span: TimeSpan,
  width: number,
  signal?: AbortSignal,
): Promise<AccountHistoryAnswer> =>
  getJson(
    `/accounts/${encodeURIComponent(address)}/history`,
    { coin, start: Math.round(span.startMs), end: Math.round(span.endMs), width },
    signal,
  );
/** The state of an address as it was received; looks through logs where there are any. */
export const fetchAccountState = (address: string, atMs?: number, signal?: AbortSignal): Promise<AccountStateAnswer> =>
  getJson(`/accounts/${encodeURIComponent(address)}/state`, { at: atMs }, signal);
/** Own liquidation prices against the exchange's, of a coin or all. */
export const fetchAgreement = (coin: string | null, atMs?: number, signal?: AbortSignal): Promise<AgreementAnswer> =>
  getJson("/agreement", { coin: coin ?? undefined, at: atMs }, signal);

/** The bytes of a window: `decodeHeatmap` or the painter reads them. */
export async function fetchHeatmap(coin: string, ask: HeatmapQuestion, signal?: AbortSignal): Promise<ArrayBuffer> {
  const response = await request(
    at(coin, "heatmap"),
    {
      start: Math.floor(ask.startMs),
      end: Math.ceil(ask.endMs),
      width: ask.width,
      height: ask.height,
      price_low: ask.lowPrice,
      price_high: ask.highPrice,
      lone: ask.levels === "solo" ? "true" : undefined,
      mode: ask.levels === "joint" ? "joint" : undefined,
    },
    signal,
  );
  return await response.arrayBuffer();
}

/** The path of a question about a coin. */
export const at = (coin: string, what: string): string => `/coins/${encodeURIComponent(coin)}/${what}`;

export async function getJson<T>(path: string, parameters: Parameters, signal?: AbortSignal): Promise<T> {
  const response = await request(path, parameters, signal);
  return (await response.json()) as T;
}

/** What changes something: asked once, and never again by itself where the server has no room. */
export async function sendJson<T>(method: "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return (await checked(await fetch(`${ROOT}${path}`, { method, ...sent }))).json();
}

async function request(path: string, parameters: Parameters, signal?: AbortSignal): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  const address = `${ROOT}${path}${text ? `?${text}` : ""}`;
  return checked(await askUntilRoom(() => fetch(address, signal ? { signal } : {}), signal));
}

async function checked(response: Response): Promise<Response> {
  if (response.status === 401) location.assign("login"); // the session has ended
  if (!response.ok) throw new ApiError(await problemOf(response), response.status);
  return response;
}

async function problemOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: string; title?: string };
    return problem.detail ?? problem.title ?? `the server answered ${response.status}`;
  } catch {
    return `the server answered ${response.status}`;
  }
}

/** Whether figures are live, and how much of the market they are, in the words of the standing line. */

import type { Status } from "../api/schema";
import type { NearCoverage, SourcesAnswer } from "../api/sources";
import type { StreamState } from "../api/stream";
import { formatAge, formatTime } from "../format/time";
import { percent } from "../format/usd";
import { isReplica, lagOf, lateText } from "./replica";

/** Before everything whose figures are in doubt: a shape, for whoever cannot tell the colours. */
export const DOUBT_SIGN = "⚠";

export interface StandingView {
  readonly status: Status | null;
  readonly coinCoverage: number | null;
  /** Why figures of the coin are in doubt; empty: they are not. */
  readonly coinDoubt: readonly string[];
  readonly coin: string | null;
  readonly stream: StreamState;
  /** Of a map that follows live sources; null while unknown. */
  readonly sources: SourcesAnswer | null;
  /** When the server was heard last, by the same clock as nowMs. */
  readonly heardMs: number;
  readonly nowMs: number;
  /** The moment that is looked at in place of the newest, ms. */
  readonly atMs?: number | null;
}

/** A live server sends frames every three seconds and answers about its sources as often. */
const SILENT_MS = 15_000;

/** The server's own word, unless it is not heard: the clock of this page may be wrong, and does not judge. */
export function freshness(view: StandingView): { text: string; state: "live" | "still" | "stale" } {
  const { status, sources } = view;
  if (status === null) return { text: "loading", state: "still" };
  if (typeof view.atMs === "number") return { text: replayText(view.atMs), state: "still" };
  if (status.preparing) return { text: preparingText(status.preparing), state: "still" };
  if (view.stream === "lost") return { text: "connection lost, figures stand still", state: "stale" };
  if (!status.is_live && status.feed_state === "none") return { text: "recorded, not live", state: "still" };
  const silentMs = view.nowMs - view.heardMs;
  if (silentMs > SILENT_MS) return { text: `STALE, server silent, data ${formatAge(silentMs)} old`, state: "stale" };
  if (!status.is_live) {
    const held = status.is_time_held ? ", the exchange tells no time" : "";
    const age = isReplica(view)
      ? `, ${lateText(lagOf(view))}`
      : sources === null
        ? ""
        : `, data ${formatAge(sources.age_ms)} old`;
    const word = status.feed_state === "stored" ? "STORED, not live" : status.feed_state.toUpperCase();
    return { text: `${word}${held}${age}`, state: "stale" };
  }
  if (view.stream !== "live") return { text: "connecting", state: "still" };
  if (view.coinDoubt.length > 0) {
    return {
      text: `${DOUBT_SIGN} ${view.coin ?? ""} IN DOUBT, not live: ${view.coinDoubt.join("; ")}`,
      state: "stale",
    };
  }
  const lagMs = lagOf(view);
  if (lagMs !== null && lagMs > SILENT_MS) return { text: `live, but ${lateText(lagMs)}`, state: "stale" };
  const since = (sources?.disk?.troubles ?? []).flatMap((row) => row.not_stored_since_ms ?? []);
  if (since.length > 0) return { text: `LIVE, not stored since ${formatTime(Math.min(...since))}`, state: "stale" };
  const live = status.feed_state === "live" ? "LIVE" : "live";
  const others = status.in_doubt_count ?? 0;
  return {
    text:
      others === 0
        ? live
        : `${live}, but ${others === 1 ? (status.in_doubt?.[0] ?? "one coin") : `${others} coins`} in doubt`,
    state: "live",
  };
}

/** The state while a sample, or what is stored, is shown: what is waited for, and how much of it is there. */
export function preparingText({ text, done, total, is_sample, age_ms }: NonNullable<Status["preparing"]>): string {
  const share = total === 0 ? "" : `: ${Math.min(100, Math.floor((100 * done) / total))} %`;
  if (is_sample) return `SAMPLE, not live; the live market follows by itself: ${text}${share}`;
  const age = age_ms === null ? "" : `, data ${formatAge(age_ms)} old`;
  return `STORED, not live; ${text}${share}${age}`;
}

/** The state while an earlier moment is looked at. */
export const replayText = (atMs: number): string => `REPLAY, ${formatTime(atMs)}`;

/** For screen readers: the state without its age or share, so that it is told when it changes and not every second. */
export const spokenText = (text: string): string =>
  text.replace(/(: \d+ %)?(, (data )?[\d.,]+ \S+ old)?$|([\d.,]+ \S+|unknown time) (?=behind)/, "");

/** 62 % (55–70 %), or unknown. */
export function nearText(near: NearCoverage | undefined): string {
  if (near === undefined || near.share === null) return "unknown";
  if (near.low === null || near.high === null) return percent(near.share);
  return `${percent(near.share)} (${(near.low * 100).toFixed(0)}–${(near.high * 100).toFixed(0)} %)`;
}

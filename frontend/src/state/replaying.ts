/**
 * Asks for the moment that is looked at and for those play comes to next, and lets time go on. The map is not asked for
 * again: cells and candles at hand are cut at the moment (`bars.ts`, the heatmap primitive).
 */

import { computed, effect, signal, untracked } from "@preact/signals";
import { fetchCascades, fetchEvents, fetchTimes } from "../api/client";
import { MAX_EVENTS } from "../model/event_marks";
import { firstAfter, lastAt, playedTo, timesAhead } from "../model/replay";
import { throttle } from "../timing";
import { askWhen } from "./asking";
import { Moments } from "./moments";
import type { PageState } from "./page_state";
import { goTo } from "./replay";
import { keepInView } from "./replay_view";

/** A look of play after the other, ms; a moment is asked for at most so often. */
const TICK_MS = 250;
/** Longer between two looks: the page stood still, and play goes on from where it was. */
const LONGEST_MS = 1_000;
const PREFETCHED = 3;
const HOUR = 3_600_000;
/** Stored times at hand: from an hour before the hour that is looked at, in minutes. */
const TIMES_HOURS = 4;
const TIMES_PARTS = TIMES_HOURS * 60;
const CASCADES = 100;
export function startReplaying(page: PageState): void {
  const { replay } = page;
  const moments = new Moments();
  /** Ascending, around the moment that is looked at. */
  const times = signal<{ readonly coin: string; readonly ms: readonly number[] }>({ coin: "", ms: [] });
  /** Follows `page.at` while a slider is dragged. */
  const asked = signal(page.at.peek());
  const tell = (error: unknown): void => page.tell(error);
  const known = (): readonly number[] => (times.peek().coin === page.coin.peek() ? times.peek().ms : []);
  const ask = throttle(() => {
    asked.value = page.at.peek();
  }, TICK_MS);
  effect(() => {
    void page.at.value;
    ask();
  });

  askWhen(
    () => {
      const [at, coin] = [asked.value, page.coin.value];
      if (at === null || coin === null || !page.isStarted.value) return null;
      const timeMs = lastAt(untracked(known), at) ?? at;
      return { coin, timeMs, held: page.held.value, level: page.heat.value?.level ?? 0 };
    },
    async (question, abort) => {
      replay.isWaiting.value = true;
      try {
        const moment = await moments.of(question, abort);
        if (abort.aborted) return;
        replay.moment.value = moment;
        page.tell(null);
      } finally {
        if (!abort.aborted) replay.isWaiting.value = false;
      }
      const { isPlaying, speed } = replay;
      if (!isPlaying.peek()) return;
      for (const timeMs of timesAhead(known(), question.timeMs, speed.peek(), TICK_MS, PREFETCHED)) {
        await moments.of({ ...question, timeMs });
      }
    },
    (error) => {
      replay.isWaiting.value = false;
      tell(error);
    },
  );

  // By the hour, or each look would ask again.
  const hour = computed(() => (asked.value === null ? null : Math.floor(asked.value / HOUR)));
  askWhen(
    () => {
      const [from, coin] = [hour.value, page.coin.value];
      return from === null || coin === null ? null : { coin, hour: from };
    },
    async ({ coin, hour: from }, abort) => {
      const startMs = (from - 1) * HOUR;
      const ms = await storedTimes(page, coin, startMs, startMs + TIMES_HOURS * HOUR, abort);
      if (!abort.aborted) times.value = { coin, ms };
    },
    tell,
  );

  askWhen(
    () => {
      const [from, coin] = [hour.value, page.coin.value];
      return from === null || coin === null ? null : { coin, endMs: (from + 2) * HOUR };
    },
    async ({ coin, endMs }, abort) => {
      const [events, cascades] = await Promise.all([
        fetchEvents(coin, { end: endMs }, MAX_EVENTS, abort),
        fetchCascades(coin, CASCADES, abort, endMs),
      ]);
      if (!abort.aborted) replay.study.value = { coin, events, cascades };
    },
    tell,
  );

  effect(() => {
    const by = replay.step.value;
    if (by === null) return;
    untracked(() => void step(page, by, known()).catch(tell));
  });

  effect(() => {
    if (!replay.isPlaying.value) return undefined;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const elapsedMs = Math.min(now - before, LONGEST_MS);
      before = now;
      if (isThere(page, known()) && !page.isHidden.peek()) untracked(() => goOn(page, known(), elapsedMs));
    }, TICK_MS);
    return () => clearInterval(timer);
  });
}

/** Time waits for what it came to. */
function isThere(page: PageState, times: readonly number[]): boolean {
  const moment = page.replay.moment.peek();
  const wanted = lastAt(times, page.at.peek() ?? 0);
  return moment !== null && moment.coin === page.coin.peek() && moment.frame.as_of_ms >= (wanted ?? 0);
}

/** A look further; at the newest moment play ends. */
function goOn(page: PageState, times: readonly number[], elapsedMs: number): void {
  const [atMs, status, speed] = [page.at.peek(), page.status.peek(), page.replay.speed.peek()];
  if (atMs === null || status === null) return;
  const to = playedTo({ atMs, speed, elapsedMs, times, holdMs: status.hold_ms, lastMs: status.last_ms });
  // The chart first takes its new bars, which keep what is on screen, and moves after that.
  goTo(page, to);
  keepInView(page, to);
  if (to >= status.last_ms) page.replay.isPlaying.value = false;
}

/** To the stored moment before or after; further away than the ones at hand, they are looked for. */
async function step(page: PageState, by: -1 | 1, known: readonly number[]): Promise<void> {
  const [at, coin, status] = [page.at.peek(), page.coin.peek(), page.status.peek()];
  if (at === null || coin === null || status === null) return;
  const from = lastAt(known, at) ?? page.replay.moment.peek()?.frame.as_of_ms ?? at;
  const found = (times: readonly number[]): number | null =>
    by === 1 ? firstAfter(times, at) : lastAt(times, Math.min(from, at) - 1);
  let to = found(known);
  for (let hours = TIMES_HOURS; to === null && hours < 100_000; hours *= 8) {
    const [startMs, endMs] = by === 1 ? [at + 1, at + hours * HOUR] : [at - hours * HOUR, at];
    to = found(await storedTimes(page, coin, startMs, endMs));
    if (by === 1 ? endMs > status.last_ms : startMs < status.first_ms) break;
  }
  page.replay.step.value = null;
  if (to === null || page.at.peek() !== at) return;
  goTo(page, to);
  keepInView(page, to);
}

/** Times of stored frames in [startMs, endMs), as far as there are any; of many in a minute the last. */
async function storedTimes(
  page: PageState,
  coin: string,
  startMs: number,
  endMs: number,
  abort?: AbortSignal,
): Promise<number[]> {
  const status = page.status.peek();
  if (status === null) return [];
  const span = { startMs: Math.max(startMs, status.first_ms), endMs: Math.min(endMs, status.last_ms + 1) };
  if (span.startMs >= span.endMs) return [];
  const { time_ms: told } = await fetchTimes(coin, span, TIMES_PARTS, abort);
  return told.filter((time) => time !== null);
}

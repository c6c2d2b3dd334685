/**
 * A stored moment in place of the newest: which one, and whether time goes on from there. `view.at` says the moment, so a
 * link keeps it; what was known then is asked for by `replaying.ts`, which is loaded when it is first needed.
 */

import { batch, effect, signal } from "@preact/signals";
import type { AsymmetryAnswer, CascadesAnswer, ClustersAnswer, EventsAnswer, ViewFrame } from "../api/schema";
import type { CurrentBands } from "../model/bands";
import type { Speed } from "../model/replay";
import { change } from "./actions";
import type { PageState } from "./page_state";

/** What one stored frame tells of a coin. */
export interface Moment {
  readonly coin: string;
  readonly frame: ViewFrame;
  readonly bands: CurrentBands;
  readonly clusters: ClustersAnswer;
  readonly asymmetry: AsymmetryAnswer;
}

/** Lists that go on after the moment; cut where they are shown. */
export interface StudyThen {
  readonly coin: string;
  readonly events: EventsAnswer;
  readonly cascades: CascadesAnswer;
}

export class Replay {
  readonly isPlaying = signal(false);
  readonly speed = signal<Speed>(60);
  /** The last moment that was answered; `PageState` shows it unless it is later than what is looked at. */
  readonly moment = signal<Moment | null>(null);
  readonly study = signal<StudyThen | null>(null);
  /** The moment that is looked at is on its way. */
  readonly isWaiting = signal(false);
  /** A step to the stored moment before or after, until it is done. */
  readonly step = signal<-1 | 1 | null>(null);

  clear(): void {
    this.moment.value = this.study.value = this.step.value = null;
  }
}

/** What follows the moment from here on. */
export function keepReplay(page: PageState): void {
  let isAsked = false;
  effect(() => {
    if (isAsked || page.at.value === null) return;
    isAsked = true;
    import("./replaying").then(
      ({ startReplaying }) => startReplaying(page),
      (error: unknown) => {
        isAsked = false;
        page.tell(error);
      },
    );
  });
}

/** Look at a moment; inside what is stored. */
export function goTo(page: PageState, atMs: number): void {
  const status = page.status.peek();
  if (status === null) return;
  const at = Math.round(Math.min(Math.max(atMs, status.first_ms), status.last_ms));
  batch(() => {
    // What is open in the drawer is of now, or of a later moment.
    if (at < (page.at.peek() ?? Infinity)) page.drawer.value = [];
    change(page, { at });
  });
}

/** The newest moment again. */
export function closeReplay(page: PageState): void {
  batch(() => {
    page.replay.isPlaying.value = false;
    page.replay.clear();
    page.drawer.value = [];
    change(page, { at: null });
  });
}

/** Play or pause; from now, play begins in the middle of what is on screen. */
export function togglePlay(page: PageState): void {
  const { isPlaying } = page.replay;
  const status = page.status.peek();
  if (status === null) return;
  batch(() => {
    if (page.at.peek() === null) {
      const area = page.visible.peek();
      const from = Math.max(area?.startMs ?? 0, status.first_ms);
      const to = Math.min(area?.endMs ?? status.last_ms, status.last_ms);
      goTo(page, (from + to) / 2);
      isPlaying.value = true;
    } else if (isPlaying.peek()) isPlaying.value = false;
    else {
      // At the end it begins again from the first one.
      if (page.at.peek() === status.last_ms) goTo(page, status.first_ms);
      isPlaying.value = true;
    }
  });
}

/** One stored moment back or forward; from now, back from the newest. */
export function stepMoment(page: PageState, by: -1 | 1): void {
  const status = page.status.peek();
  if (status === null || (page.at.peek() === null && by === 1)) return;
  batch(() => {
    page.replay.isPlaying.value = false;
    if (page.at.peek() === null) goTo(page, status.last_ms);
    page.replay.step.value = by;
  });
}

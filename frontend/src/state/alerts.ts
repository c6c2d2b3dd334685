/** Alerts: the rule that is being made, rules and what fired as the server tells them, and how this browser says so. */

import { computed, signal } from "@preact/signals";
import type { Alert, Rule } from "../api/alerts";
import type { AlertSubject } from "../model/alert_rules";
import type { Anchor } from "../model/popover_place";
import { keep, readKept } from "./kept";

const NAME = "alerts";
/** Fired alerts that are listed. */
export const MAX_FIRED = 100;

export interface AlertDraft {
  readonly subject: AlertSubject;
  readonly anchor: Anchor;
  /** Gets the focus back. */
  readonly opener: HTMLElement | null;
}

interface AlertSettings {
  readonly isNotifying: boolean;
  readonly hasSound: boolean;
  /** Venue time up to which a reader saw what fired. */
  readonly seenMs: number;
}

export class Alerts {
  /** The rule that is being made; null: none is. */
  readonly draft = signal<AlertDraft | null>(null);
  /** Newest first. */
  readonly fired = signal<readonly Alert[]>([]);
  /** The rule that was removed last, to be put back. */
  readonly removed = signal<Rule | null>(null);
  /** Counts when rules are to be asked again: one was changed, or fired. */
  readonly beat = signal(0);
  readonly settings = signal<AlertSettings>(savedSettings());
  /** Fired since a reader looked. */
  readonly unseenCount = computed(
    () => this.fired.value.filter(({ at_ms: atMs }) => atMs > this.settings.value.seenMs).length,
  );

  change(part: Partial<AlertSettings>): void {
    this.settings.value = { ...this.settings.value, ...part };
    keep(NAME, this.settings.value);
  }

  /** The form is closed. */
  end(): void {
    this.draft.value = null;
  }

  /** What a reader sees now is not new any more. */
  see(): void {
    const newest = this.fired.peek()[0]?.at_ms ?? 0;
    if (newest > this.settings.peek().seenMs) this.change({ seenMs: newest });
  }
}

function savedSettings(): AlertSettings {
  const saved = (readKept(NAME) ?? {}) as Partial<Record<keyof AlertSettings, unknown>>;
  return {
    isNotifying: saved.isNotifying === true,
    hasSound: saved.hasSound === true,
    seenMs: typeof saved.seenMs === "number" ? saved.seenMs : 0,
  };
}

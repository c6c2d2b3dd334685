/** What was known at a moment of lists that go on after it: the rest is left out, and figures that came later are unknown. */

import type { CascadesAnswer, EventAnswer, EventsAnswer } from "../api/schema";

const LATER = "not known yet at the moment that is replayed";

/** Liquidations that were over by then. */
export function eventsUntil(answer: EventsAnswer, untilMs: number): EventsAnswer {
  const events = answer.events.filter((event) => event.last_fill_ms <= untilMs);
  return { ...answer, events: events.map((event) => (event.known_at_ms <= untilMs ? event : withoutLater(event))) };
}

/** What price did after it is measured minutes later. */
function withoutLater(event: EventAnswer): EventAnswer {
  return {
    ...event,
    impact_1s_bp: null,
    impact_10s_bp: null,
    impact_60s_bp: null,
    recovery_ms: null,
    baseline_1s_bp: null,
    baseline_10s_bp: null,
    baseline_60s_bp: null,
    burst_usd: null,
    why_unknown: LATER,
  };
}

/** The state of each side then: its last change. Newest first, as the answer has them. */
export function cascadesUntil(answer: CascadesAnswer, untilMs: number): CascadesAnswer {
  const cascades = answer.cascades.filter((row) => row.known_at_ms <= untilMs);
  const sides = new Set(cascades.map((row) => row.side));
  const now = [...sides].flatMap((side) => cascades.find((row) => row.side === side) ?? []);
  return { ...answer, cascades, now: now.filter((row) => row.state !== "over") };
}

/** What is shown at the moment that is looked at: of the newest what the server said last, of an earlier one what was known then. */

import { cascadesUntil, eventsUntil } from "../model/known_then";
import type { Newest } from "./newest";
import type { PageState } from "./page_state";
import type { Moment, StudyThen } from "./replay";

/** A frame stands for its time so long at least, ms: play may be a look behind. */
const MIN_HOLD_MS = 600_000;

/** The answered moment; null: none yet, later than what is looked at, or no frame of that time. */
export function momentAt(page: PageState, atMs: number): Moment | null {
  const moment = page.replay.moment.value;
  if (moment === null || moment.coin !== page.coin.value) return null;
  const ageMs = atMs - moment.frame.as_of_ms;
  return ageMs >= 0 && ageMs <= Math.max(page.status.value?.hold_ms ?? 0, MIN_HOLD_MS) ? moment : null;
}

/** A figure of the moment that is looked at. */
export function ofMoment<Name extends keyof Moment & keyof Newest>(page: PageState, name: Name): Moment[Name] | null {
  if (page.at.value === null) return page.newest[name].value as Moment[Name] | null;
  return page.moment.value?.[name] ?? null;
}

const studyAt = (page: PageState): StudyThen | null =>
  page.replay.study.value?.coin === page.coin.value ? page.replay.study.value : null;

export function eventsAt(page: PageState) {
  const at = page.at.value;
  if (at === null) return page.newest.events.value;
  const study = studyAt(page);
  return study === null ? null : eventsUntil(study.events, at);
}

export function cascadesAt(page: PageState) {
  const at = page.at.value;
  if (at === null) return page.newest.cascades.value;
  const study = studyAt(page);
  return study === null ? null : cascadesUntil(study.cascades, at);
}

/** Times are UTC and say so; those of the chart may be of the reader's own clock, and then say that. */

const two = (value: number): string => String(value).padStart(2, "0");
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 5 Feb 2026 14:03 UTC */
export function formatTime(ms: number | null): string {
  if (ms === null) return "unknown";
  const date = new Date(ms);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;
}

/** 5 Feb 14:03, for the axis and the crosshair. */
export function formatShort(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

export type Clock = "utc" | "local";

/** Minutes that a clock is ahead of UTC at a time. */
export const aheadMinutes = (ms: number, clock: Clock): number =>
  clock === "utc" ? 0 : -new Date(ms).getTimezoneOffset();

/** UTC, UTC+2, UTC−3:30: what the clock is at that time. */
export function clockName(ms: number, clock: Clock): string {
  const ahead = aheadMinutes(ms, clock);
  if (ahead === 0) return "UTC";
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  return `UTC${ahead > 0 ? "+" : "−"}${hours}${minutes === 0 ? "" : `:${two(minutes)}`}`;
}

/** 5 Feb 14:03 UTC, 5 Feb 16:03 UTC+2: by a clock that is named. */
export const formatBy = (ms: number, clock: Clock): string =>
  `${formatShort(ms + aheadMinutes(ms, clock) * 60_000)} ${clockName(ms, clock)}`;

/** 5 Feb 2026 14:03 UTC, 5 Feb 2026 16:03 UTC+2: with its year, by a clock that is named. */
export const formatFull = (ms: number, clock: Clock): string =>
  formatTime(ms + aheadMinutes(ms, clock) * 60_000).replace("UTC", clockName(ms, clock));

/** A mark of the time axis, of UTC: 2026, Feb, 5 Feb, 14:03. */
export function formatTick(ms: number, part: "year" | "month" | "day" | "time"): string {
  const date = new Date(ms);
  if (part === "year") return String(date.getUTCFullYear());
  if (part === "month") return MONTHS[date.getUTCMonth()] ?? "";
  if (part === "day") return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return formatClock(ms).slice(0, 5);
}

/** An age in one unit: 12 s, 4 min, 3.2 h, 290 days. */
export function formatAge(ms: number | null): string {
  if (ms === null) return "unknown";
  const seconds = Math.max(ms, 0) / 1000;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400).toLocaleString("en-US")} days`;
}

/** A delay: 85 ms, 1.4 s, then as an age. */
export function formatDelay(ms: number | null): string {
  if (ms === null) return "unknown";
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s` : formatAge(ms);
}

/** 14:03:27, of a day that is said elsewhere. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** Weeks, days, hours of a step: 15 min, 2 h, 1 d. */
export function formatStep(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 1440) return `${minutes / 60} h`;
  return `${minutes / 1440} d`;
}

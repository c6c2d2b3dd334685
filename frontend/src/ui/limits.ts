/** What the map cannot show, each limit with its figure where there is one. */

import type { DamageRow, Status, ViewFrame } from "../api/schema";
import { formatTime } from "../format/time";
import { percent, usd } from "../format/usd";
import { el } from "./dom";
import { marginSourceText } from "./standing";

export interface LimitsView {
  readonly status: Status | null;
  readonly frame: Pick<ViewFrame, "outside" | "coin" | "coverage"> | null;
  readonly firstOrderShare: number | null;
}

const REASONS: Readonly<Record<string, string>> = {
  below: "level below the grid",
  above: "level above the grid",
  no_level: "no price liquidates them",
  unknown: "cash of the account or mark unknown",
  exempt: "not liquidated in practice",
};

export function renderLimits(body: HTMLElement, view: LimitsView): void {
  const { status, frame } = view;
  const coin = frame?.coin ?? "this coin";
  const outside = (frame?.outside ?? []).map(
    (row) =>
      `${row.side === 1 ? "long" : "short"}, ${REASONS[row.reason] ?? row.reason}: ${usd(row.notional)} in ${row.position_count}`,
  );
  body.replaceChildren(
    ...damageSections(status?.damaged ?? []),
    limit("Not the whole market", `${coverageText(coin, frame?.coverage ?? null)} ${status?.provenance.note ?? ""}`),
    limit(
      "Levels move with the rest of the account",
      `A cross account has one pool: its level in ${coin} moves when its other coins, its funding or its transfers move. ` +
        "The map is drawn with all other marks as they are now. Joint levels (j) let all coins move with BTC and say how far apart both stand.",
    ),
    limit(
      "The mark triggers, not the last trade",
      "The exchange liquidates on its mark price, made of several venues. A wick of trades alone reaches no level.",
    ),
    limit("Hyperliquid only", "Positions on other venues are not here, and the price is made on all of them."),
    limit(
      "Not all at once",
      `Positions above $100k start with a fifth of their size: of what is on this map, the engine sends ${percent(view.firstOrderShare)} ` +
        "to the book at once. Owners add margin or close before; a level is where it stands now, not a forecast, and whether price moves towards clusters is not measured here.",
    ),
    limit(
      "How the cash became known",
      status === null ? "unknown" : marginSourceText(status.margin_source_share) || "unknown",
    ),
    limit(`Not drawn for ${coin}`, outside.length ? outside.join("; ") : "nothing"),
  );
}

function damageSections(rows: readonly DamageRow[]): HTMLElement[] {
  if (rows.length === 0) return [];
  const list = el("ul", { class: "damaged" }, ...rows.map((row) => el("li", {}, damageText(row))));
  return [el("section", {}, el("h3", {}, "Damaged files"), list)];
}

/** All of a damaged file in one sentence. */
export function damageText(row: DamageRow): string {
  const { first_ms: first, last_ms: last } = row;
  const times = first === null || last === null ? "" : `, ${formatTime(first)} to ${formatTime(last)}`;
  const kept = row.kept_as === null ? "" : `, kept as ${row.kept_as}`;
  return `${row.file}${times}: ${row.cause}${kept}; ${row.loss}; ${row.remedy}`;
}

const limit = (name: string, text: string): HTMLElement => el("section", {}, el("h3", {}, name), el("p", {}, text));

const coverageText = (coin: string, coverage: number | null): string =>
  coverage === null
    ? `The open interest of ${coin} is unknown, and with it how much of the market is here.`
    : `Known positions make up ${percent(coverage)} of the open interest of ${coin}.`;

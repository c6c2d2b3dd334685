/** The board of all coins: notional of both sides and how much of the open interest is known. */

import type { CoinRow } from "../api/schema";
import { formatPrice } from "../format/price";
import { percent, usd } from "../format/usd";
import { el } from "./dom";
import { DOUBT_SIGN } from "./standing";

const isDoubtful = (row: CoinRow): boolean => (row.doubt ?? []).length > 0;

const doubtText = (row: CoinRow): string | undefined =>
  isDoubtful(row)
    ? `In doubt, not live: ${(row.doubt ?? []).join("; ")}. The mark is the last that could be believed.`
    : undefined;

export function renderBoard(
  body: HTMLElement,
  coins: readonly CoinRow[],
  current: string | null,
  choose: (coin: string) => void,
): void {
  body.replaceChildren(
    el(
      "div",
      { class: "coin head muted" },
      el("span", {}, "coin"),
      el("span", {}, "mark"),
      el("span", {}, "long"),
      el("span", {}, "short"),
      el("span", { title: "Part of the open interest that the known positions make up" }, "covered"),
    ),
    ...coins.map((row) => {
      const button = el(
        "button",
        { type: "button", class: "coin", "aria-pressed": String(row.coin === current), title: doubtText(row) },
        el("b", {}, isDoubtful(row) ? `${DOUBT_SIGN} ${row.coin} in doubt` : row.coin),
        el("span", {}, formatPrice(row.mark)),
        el("span", { class: "long" }, usd(row.long_notional, 3)),
        el("span", { class: "short" }, usd(row.short_notional, 3)),
        el("span", {}, percent(row.coverage)),
      );
      button.addEventListener("click", () => choose(row.coin));
      return button;
    }),
  );
}

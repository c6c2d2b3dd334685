/** Choosing a coin: a combobox (WAI-ARIA list autocomplete) over all coins, by keyboard or pointer. */

import type { CoinRow } from "../api/schema";
import { usd } from "../format/usd";
import { el } from "./dom";

const MAX_OPTIONS = 60;

/** Coins whose name holds the text; those that start with it first, order kept otherwise. */
export function matchCoins(coins: readonly CoinRow[], text: string): CoinRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return coins.slice(0, MAX_OPTIONS);
  const place = (row: CoinRow) => row.coin.toLowerCase().indexOf(wanted);
  const exact = (row: CoinRow) => (row.coin.toLowerCase() === wanted ? 0 : place(row) === 0 ? 1 : 2);
  return coins
    .filter((row) => place(row) >= 0)
    .sort((a, b) => exact(a) - exact(b))
    .slice(0, MAX_OPTIONS);
}

export class CoinSearch {
  private coins: readonly CoinRow[] = [];
  private options: readonly CoinRow[] = [];
  private active = 0;
  private coin = "";

  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly choose: (coin: string) => void,
  ) {
    input.addEventListener("focus", () => {
      input.value = "";
      this.open();
    });
    input.addEventListener("input", () => this.open());
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.onKey(event));
    // Before blur, so that the list is still there.
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = (event.target as HTMLElement).closest<HTMLElement>("[data-coin]");
      if (option?.dataset.coin !== undefined) this.take(option.dataset.coin);
    });
  }

  setCoins(coins: readonly CoinRow[]): void {
    this.coins = coins;
  }

  show(coin: string): void {
    this.coin = coin;
    if (document.activeElement !== this.input) this.input.value = coin;
  }

  focus(): void {
    this.input.focus();
  }

  private open(): void {
    this.options = matchCoins(this.coins, this.input.value);
    this.active = 0;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.render();
  }

  private close(): void {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.value = this.coin;
  }

  private take(coin: string): void {
    this.choose(coin);
    this.input.blur();
  }

  private onKey(event: KeyboardEvent): void {
    const last = this.options.length - 1;
    if (event.key === "ArrowDown") this.active = Math.min(this.active + 1, last);
    else if (event.key === "ArrowUp") this.active = Math.max(this.active - 1, 0);
    else if (event.key === "Enter") {
      const row = this.options[this.active];
      if (row !== undefined) this.take(row.coin);
    } else if (event.key === "Escape") this.input.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.render();
  }

  private render(): void {
    if (this.options.length === 0) {
      this.list.replaceChildren(el("div", { class: "empty" }, "no coin of this name"));
      return;
    }
    this.list.replaceChildren(
      ...this.options.map((row, index) => {
        const total =
          row.long_notional === null || row.short_notional === null ? null : row.long_notional + row.short_notional;
        return el(
          "div",
          {
            id: `coin-option-${index}`,
            role: "option",
            "data-coin": row.coin,
            "aria-selected": String(index === this.active),
          },
          el("span", {}, row.coin),
          el("span", { class: "muted" }, usd(total, 3)),
        );
      }),
    );
    this.input.setAttribute("aria-activedescendant", `coin-option-${this.active}`);
    this.list.children[this.active]?.scrollIntoView({ block: "nearest" });
  }
}

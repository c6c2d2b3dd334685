/** The panel "What if": a target price, a run on the server with its progress, and what came of it. All simulated. */

import { type Cascade, type CascadePreparing, type CoinOutcome, simulate } from "../api/cascade";
import { ApiError, isAbort } from "../api/client";
import { formatPrice, formatSize } from "../format/price";
import { distance, percent, usd } from "../format/usd";
import { el, sums } from "./dom";

const MODES = { book: "book answers", coupled: "all venues answer", given: "prices given" } as const;
const SHOCKS = { one: "only this coin", betas: "others follow", "october-2025": "10 Oct 2025" } as const;
const STEPS = [-20, -10, -5, 5, 10, 20];
const MINUTES = 60;
const CLOCK_MS = 1_000;
const MAX_LEVELS = 12;
const MAX_WINNERS = 10;

export class WhatIf {
  private coin: string | null = null;
  private mark: number | null = null;
  private run: AbortController | null = null;
  private compiled: CascadePreparing | null = null;
  private clock = 0;

  private readonly price = el("input", {
    id: "what-if-price",
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
  });
  private readonly priceName = el("span", { class: "muted" }, "price");
  private readonly mode = choice("what-if-mode", MODES);
  private readonly shock = choice("what-if-shock", SHOCKS);
  private readonly start = el("button", { type: "submit", class: "run" }, "Simulate");
  private readonly bar = el("progress", {
    max: 1,
    value: 0,
    "aria-label": "Part of the simulation done",
    hidden: true,
  });
  private readonly state = el("p", { class: "what-if-state", role: "status" });
  private readonly result = el("div", { class: "what-if-result" });
  private readonly steps = el("div", {
    class: "group small steps",
    role: "group",
    "aria-label": "Target from the mark",
  });

  constructor(panel: HTMLElement) {
    const form = el(
      "form",
      { class: "what-if" },
      el("p", {}, el("span", { class: "badge simulated" }, "SIMULATED"), " What happens if price gets there?"),
      el("label", {}, this.priceName, this.price),
      this.steps,
      el("label", {}, el("span", { class: "muted" }, "prices"), this.mode),
      el("label", {}, el("span", { class: "muted" }, "coins"), this.shock),
      this.start,
      this.bar,
    );
    for (const step of STEPS) {
      const button = el("button", { type: "button" }, `${step > 0 ? "+" : "−"}${Math.abs(step)} %`);
      button.addEventListener("click", () => {
        if (this.mark !== null) this.price.value = String(Number((this.mark * (1 + step / 100)).toPrecision(5)));
      });
      this.steps.append(button);
    }
    this.shock.addEventListener("change", () => this.showTarget());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.run === null) void this.simulate();
      else this.run.abort();
    });
    panel.replaceChildren(form, this.state, this.result);
  }

  /** The coin shown now and its mark; another coin empties the target, a result stays until the next run. */
  show(coin: string | null, mark: number | null): void {
    this.mark = mark;
    if (coin === this.coin) return;
    this.coin = coin;
    this.price.value = "";
    this.run?.abort();
    this.showTarget();
  }

  private showTarget(): void {
    const isPreset = this.shock.value === "october-2025";
    this.priceName.textContent = `${this.coin ?? "coin"} goes to`;
    this.price.disabled = isPreset;
    this.price.placeholder = isPreset ? "as published" : "USD";
    for (const button of this.steps.querySelectorAll("button")) button.disabled = isPreset;
  }

  private async simulate(): Promise<void> {
    const { coin } = this;
    if (coin === null) return;
    const isPreset = this.shock.value === "october-2025";
    const price = isPreset ? undefined : Number(this.price.value.replaceAll(",", "").replaceAll(" ", ""));
    if (price !== undefined && !(price > 0)) {
      this.tell("Give a price in USD.", true);
      this.price.focus();
      return;
    }
    const run = new AbortController();
    this.run = run;
    const question = { coin, mode: this.mode.value, shock: this.shock.value, minutes: MINUTES };
    this.begin();
    let liquidated = 0;
    try {
      const cascade = await simulate(
        price === undefined ? question : { ...question, target_price: price },
        (progress) => {
          if (progress.type === "preparing") {
            this.showPreparing(progress);
            return;
          }
          clearInterval(this.clock);
          liquidated += progress.filled + progress.backstop + progress.adl;
          this.bar.value = progress.share;
          this.tell(`${Math.round(progress.share * MINUTES)} of ${MINUTES} min, ${usd(liquidated, 3)} liquidated`);
        },
        run.signal,
      );
      this.tell("");
      this.result.replaceChildren(...summary(cascade));
    } catch (error) {
      if (isAbort(error)) this.tell("Stopped.");
      else this.tell(error instanceof ApiError ? error.message : "The server does not answer.", true);
    } finally {
      clearInterval(this.clock);
      this.run = null;
      this.bar.hidden = true;
      this.start.textContent = "Simulate";
    }
  }

  private begin(): void {
    this.result.replaceChildren();
    this.bar.value = 0;
    this.bar.hidden = false;
    this.start.textContent = "Stop";
    this.compiled = null;
    this.tell("Reading the market.");
  }

  /** The compiler may be busy with one large function for half a minute: the seconds show that it is at work. */
  private showPreparing(progress: CascadePreparing): void {
    if (this.compiled === null) {
      const began = performance.now();
      clearInterval(this.clock);
      this.clock = window.setInterval(() => this.tellPreparing(began), CLOCK_MS);
      this.compiled = progress;
      this.tellPreparing(began);
    }
    this.compiled = progress;
  }

  private tellPreparing(beganMs: number): void {
    if (this.compiled === null) return;
    const { compiled, functions } = this.compiled;
    this.bar.value = compiled / functions;
    const seconds = Math.round((performance.now() - beganMs) / 1000);
    this.tell(`Preparing, once: ${compiled} of ${functions} functions compiled, ${seconds} s.`);
  }

  private tell(text: string, isError = false): void {
    this.state.textContent = text;
    this.state.classList.toggle("wrong", isError);
  }
}

function choice(id: string, names: Readonly<Record<string, string>>): HTMLSelectElement {
  return el("select", { id }, ...Object.entries(names).map(([value, label]) => el("option", { value }, label)));
}

function summary(cascade: Cascade): HTMLElement[] {
  const { totals } = cascade;
  const first = cascade.coins[0];
  const parts = [
    el(
      "h3",
      {},
      el("span", { class: "badge simulated" }, "SIMULATED"),
      ` ${cascade.label}, ${MODES[cascade.mode as keyof typeof MODES] ?? cascade.mode}`,
    ),
    sums([
      ["accounts liquidated", totals.account_count.toLocaleString("en-US")],
      ["sent to the book", `${usd(totals.sent)} in ${totals.orders} orders`],
      ["filled", `${usd(totals.filled)}, slippage ${usd(totals.slippage, 3)}`],
      ["backstop", `${usd(totals.backstop)} in ${totals.takeovers} takeovers`],
      ["auto-deleveraged", `${usd(totals.adl)} in ${totals.adl_fills} fills`],
      ["vault equity", `${usd(totals.vault_equity_start, 3)} → ${usd(totals.vault_equity_end, 3)}`],
      ["uncovered", usd(totals.deficit)],
      ...(first === undefined ? [] : coinFacts(first)),
    ]),
  ];
  parts.push(...levels(cascade), ...winners(cascade));
  parts.push(
    el(
      "details",
      {},
      el("summary", {}, `What was assumed (${cascade.assumptions.length})`),
      el("ul", {}, ...cascade.assumptions.map((note) => el("li", {}, note))),
    ),
    el("p", { class: "muted" }, "A run of rules on assumptions, not a forecast."),
  );
  return parts;
}

function coinFacts(row: CoinOutcome): [string, string][] {
  const found: [string, string][] = [
    [`furthest mark of ${row.coin}`, formatPrice(row.extreme_mark)],
    ["without liquidations", formatPrice(row.calm_extreme_mark)],
    ["overshoot", distance(row.overshoot === null ? null : row.overshoot * 100)],
    ["widest gap", distance(row.widest_gap === null ? null : row.widest_gap * 100)],
    ["depth left at least", percent(row.lowest_withdrawal, 1)],
    ["branching n(p), peak", row.peak_branching === null ? "unknown" : row.peak_branching.toFixed(2)],
    ["clusters reached", String(row.reached.length)],
  ];
  const next = row.next_cluster;
  found.push([
    "next cluster",
    next === null ? "none on this side" : `${formatPrice(next.price_peak)}, ${usd(next.notional, 3)}`,
  ]);
  return found;
}

function levels(cascade: Cascade): HTMLElement[] {
  const { per_level: all } = cascade;
  const sum = (row: number) => (all.filled[row] ?? 0) + (all.backstop[row] ?? 0) + (all.adl[row] ?? 0);
  const rows = all.coin
    .map((coin, row) => (coin === cascade.coin ? row : -1))
    .filter((row) => row >= 0 && sum(row) > 0)
    .sort((a, b) => sum(b) - sum(a))
    .slice(0, MAX_LEVELS)
    .sort((a, b) => (all.price_low[b] ?? 0) - (all.price_low[a] ?? 0));
  if (rows.length === 0) return [el("p", { class: "muted" }, `Nothing of ${cascade.coin} was liquidated.`)];
  const cells = (row: number) => [
    formatPrice(all.price_low[row]),
    ...[all.filled, all.backstop, all.adl].map((column) => usd(column[row], 3)),
  ];
  return [table(`${cascade.coin} by mark`, ["from", "filled", "backstop", "ADL"], rows.map(cells))];
}

function winners(cascade: Cascade): HTMLElement[] {
  const { winners: cut } = cascade;
  if (cut.address.length === 0) return [];
  const rows = cut.address
    .slice(0, MAX_WINNERS)
    .map((address, row) => [
      `${address.slice(0, 6)}…${address.slice(-4)}`,
      `${cut.coin[row] ?? ""} ${cut.side[row] === 1 ? "long" : "short"}`,
      formatSize(cut.size[row] ?? 0),
      formatPrice(cut.price[row]),
    ]);
  return [table(`cut by ADL, first of ${cascade.winner_count}`, ["account", "position", "size", "price"], rows)];
}

function table(caption: string, headings: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return el(
    "table",
    {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...headings.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, cell))))),
  );
}

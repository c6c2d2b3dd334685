/** Choosing a coin: a combobox (WAI-ARIA list autocomplete) over all coins, by keyboard or pointer. */

import { batch, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { CoinRow } from "../../api/schema";
import { usd } from "../../format/usd";
import { matchCoins } from "../../model/match_coins";
import { setCoin } from "../../state/actions";
import { usePage } from "../use_page";

export const COIN_INPUT = "coin-input";

export function CoinSearch() {
  const page = usePage();
  /** What was typed; null while the list is closed. */
  const typed = useSignal<string | null>(null);
  const active = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const isOpen = typed.value !== null;
  const options = typed.value === null ? [] : matchCoins(page.coins.value, typed.value);

  useLayoutEffect(() => {
    if (isOpen) list.current?.children[active.value]?.scrollIntoView({ block: "nearest" });
  }, [isOpen, typed.value, active.value]);

  const type = (text: string): void =>
    batch(() => {
      typed.value = text;
      active.value = 0;
    });
  const take = (coin: string): void => {
    setCoin(page, coin);
    input.current?.blur();
  };
  const onKey = (event: KeyboardEvent): void => {
    // As typed by now, which may not be drawn yet.
    const found = matchCoins(page.coins.peek(), typed.peek() ?? "");
    if (event.key === "ArrowDown") active.value = Math.max(Math.min(active.peek() + 1, found.length - 1), 0);
    else if (event.key === "ArrowUp") active.value = Math.max(active.peek() - 1, 0);
    else if (event.key === "Enter") {
      const row = found[active.peek()];
      if (row !== undefined) take(row.coin);
    } else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="search">
      <input
        ref={input}
        id={COIN_INPUT}
        type="text"
        role="combobox"
        aria-label="Coin"
        aria-expanded={isOpen}
        aria-controls="coin-list"
        aria-autocomplete="list"
        aria-activedescendant={options.length > 0 ? `coin-option-${active.value}` : undefined}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="coin"
        value={typed.value ?? page.coin.value ?? ""}
        onFocus={() => type("")}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={() => {
          typed.value = null;
        }}
        onKeyDown={onKey}
      />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a kbd takes no focus */}
      <kbd aria-hidden="true">/</kbd>
      <div
        ref={list}
        id="coin-list"
        role="listbox"
        aria-label="Coins"
        tabIndex={-1}
        hidden={!isOpen}
        // Before blur, so that the list is still there.
        onPointerDown={(event) => event.preventDefault()}
      >
        {options.map((row, index) => (
          <Option key={row.coin} row={row} index={index} isActive={index === active.value} take={take} />
        ))}
        {isOpen && options.length === 0 && <div class="empty">no coin of this name</div>}
      </div>
    </div>
  );
}

interface OptionProps {
  readonly row: CoinRow;
  readonly index: number;
  readonly isActive: boolean;
  readonly take: (coin: string) => void;
}

function Option({ row, index, isActive, take }: OptionProps) {
  const total =
    row.long_notional === null || row.short_notional === null ? null : row.long_notional + row.short_notional;
  return (
    <div
      id={`coin-option-${index}`}
      role="option"
      tabIndex={-1}
      data-coin={row.coin}
      aria-selected={isActive}
      onPointerDown={() => take(row.coin)}
    >
      <span>{row.coin}</span>
      <span class="muted">{usd(total, 3)}</span>
    </div>
  );
}

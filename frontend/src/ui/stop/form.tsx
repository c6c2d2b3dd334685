/** What is asked about the trade: side, prices, how much is at risk, what backs it. */

import type { Signal } from "@preact/signals";
import { ungrouped } from "../../format/typed";
import type { PlannedTrade } from "../../model/view_hash";
import { type LineName, moveLine, setTradeSide, toggleTrade } from "../../state/trade";
import { Group } from "../parts";
import { usePage } from "../use_page";
import { useTyped } from "../use_typed";

const SIDES = [
  { value: "long", label: "long" },
  { value: "short", label: "short" },
] as const;
const AMOUNTS = [
  { value: "risk", label: "risk, USD" },
  { value: "size", label: "size, coins" },
] as const;

export function TradeForm({ trade }: { readonly trade: PlannedTrade }) {
  const page = usePage();
  const { terms } = page;
  return (
    <form class="trade-form" onSubmit={(event) => event.preventDefault()}>
      <div class="trade-row">
        <Group
          id="trade-side"
          label="Side of the trade"
          small
          value={trade.isLong ? "long" : "short"}
          items={SIDES}
          choose={(side) => setTradeSide(page, side === "long")}
        />
        <button id="trade-clear" type="button" class="link" onClick={() => toggleTrade(page)}>
          take it off the map
        </button>
      </div>
      <div class="trade-fields">
        <Price name="entry" price={trade.entry} />
        <Price name="stop" price={trade.stop} />
      </div>
      <div class="trade-row">
        <Group
          id="trade-by"
          label="The amount is"
          small
          value={terms.isSized.value ? "size" : "risk"}
          items={AMOUNTS}
          choose={(by) => setAmount(page.terms, by === "size")}
        />
        <Field id="trade-amount" name={terms.isSized.value ? "coins" : "USD lost at the stop"} value={terms.amount} />
      </div>
      <details class="trade-backing">
        <summary>Margin, account and fee</summary>
        <div class="trade-fields">
          <Field id="trade-margin" name="margin, USD" value={terms.margin} isNamed />
          <Field id="trade-leverage" name="or leverage, ×" value={terms.leverage} isNamed />
          <Field id="trade-account" name="or an account, 0x…" value={terms.account} isNamed isText />
          <Field id="trade-fee" name="taker fee, bp" value={terms.feeBps} isNamed />
        </div>
        <label class="trade-check">
          <input
            id="trade-isolated"
            type="checkbox"
            checked={terms.isIsolated.value}
            onChange={(event) => {
              terms.isIsolated.value = event.currentTarget.checked;
            }}
          />
          isolated: the margin of this trade alone
        </label>
      </details>
    </form>
  );
}

type Terms = ReturnType<typeof usePage>["terms"];

/** The same trade by its other amount, where the answer tells it. */
function setAmount(terms: Terms, isSized: boolean): void {
  if (terms.isSized.peek() === isSized) return;
  const answer = terms.answer.peek();
  const sizing = answer === null || typeof answer === "string" ? null : answer.sizing;
  terms.isSized.value = isSized;
  if (sizing !== null) terms.amount.value = String(isSized ? sizing.size : Number(sizing.loss_usd.toPrecision(6)));
}

/** Taken over when it is left or by Enter: a price that is half typed moves no line. */
function Price({ name, price }: { readonly name: LineName; readonly price: number }) {
  const page = usePage();
  const typed = useTyped(String(price), (text) => moveLine(page, name, Number(ungrouped(text))));
  return (
    <label>
      <span class="muted">{name}</span>
      <input id={`trade-${name}-price`} type="text" inputmode="decimal" autocomplete="off" {...typed} />
    </label>
  );
}

interface FieldProps {
  readonly id: string;
  readonly name: string;
  readonly value: Signal<string>;
  /** The name stands above the field, and not beside it. */
  readonly isNamed?: boolean;
  readonly isText?: boolean;
}

function Field({ id, name, value, isNamed = false, isText = false }: FieldProps) {
  return (
    <label>
      {isNamed ? <span class="muted">{name}</span> : null}
      <input
        id={id}
        type="text"
        inputmode={isText ? "text" : "decimal"}
        autocomplete="off"
        spellcheck={false}
        aria-label={isNamed ? undefined : name}
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
    </label>
  );
}

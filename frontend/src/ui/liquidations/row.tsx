/** One liquidation: a button that opens its account. */

import type { LiquidationRow } from "../../api/sources";
import { shortAddress } from "../../format/address";
import { formatPrice, formatSize } from "../../format/price";
import { formatClock, formatShort } from "../../format/time";
import { usd } from "../../format/usd";
import { EVIDENCE, levelText, METHODS } from "../../model/liquidation_text";
import { forcedFlow } from "../../model/window";
import { openWallet } from "../../state/actions";
import { usePage } from "../use_page";

const DAY_MS = 86_400_000;

interface RowProps {
  readonly row: LiquidationRow;
  /** The list is of all coins, so that each row names its own. */
  readonly hasCoin: boolean;
}

export function LiquidationButton({ row, hasCoin }: RowProps) {
  const page = usePage();
  const side = row.side === 1 ? "long" : "short";
  const [word, meaning] = EVIDENCE[row.evidence];
  const age = page.nowMs.peek() - row.first_fill_ms;
  return (
    <button
      type="button"
      class={`liquidation ${side}${row.evidence === "refuted" ? " refuted" : ""}`}
      data-event={`${row.address}/${row.coin}/${row.first_fill_ms}/${row.side}`}
      data-address={row.address}
      title={`${row.address}: ${side} of ${row.coin} closed by ${forcedFlow(row.side)}, ${row.fill_count} fills`}
      onClick={() => openWallet(page, row.address)}
    >
      <b>{usd(row.notional)}</b>
      <span>{`${hasCoin ? `${row.coin} ` : ""}${formatSize(row.size)} at ${formatPrice(row.price)}`}</span>
      <time dateTime={new Date(row.first_fill_ms).toISOString()} title={`${formatShort(row.first_fill_ms)} UTC`}>
        {age < DAY_MS ? formatClock(row.first_fill_ms) : formatShort(row.first_fill_ms)}
      </time>
      <span class="more how muted">{`${side}, ${METHODS[row.method]}`}</span>
      <span class={`more evidence ${row.evidence}`} title={meaning}>
        {word}
      </span>
      <code class="more">{shortAddress(row.address)}</code>
      <span class="more level muted">{levelText(row)}</span>
    </button>
  );
}

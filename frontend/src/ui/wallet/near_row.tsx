/** A position of an account that is followed; a click shows its coin, and its level on screen. */

import { formatPrice } from "../../format/price";
import { distance, usd } from "../../format/usd";
import { DOUBT_SIGN } from "../../model/freshness";
import { nameOf, type WalletHolding } from "../../model/wallet_lines";
import { showLevel } from "../../state/wallet_actions";
import { usePage } from "../use_page";

const NO_LEVEL: Readonly<Record<string, string>> = {
  no_level: "no price liquidates it",
  insolvent: "can go at any time",
  exempt: "not liquidated in practice",
};

export function NearRow({ holding }: { readonly holding: WalletHolding }) {
  const page = usePage();
  const { coin, level, status } = holding;
  const side = holding.side === 1 ? "long" : "short";
  return (
    <button type="button" class={`position near ${side}`} onClick={() => showLevel(page, coin, level)}>
      <b>{coin}</b>
      <span>{level === null ? "" : formatPrice(level)}</span>
      <b>{level === null ? (NO_LEVEL[status] ?? "level unknown") : distance(holding.distancePercent)}</b>
      <span class="muted">{nameOf(holding.wallet)}</span>
      <span class="muted">{`${side} ${usd(holding.notional)}`}</span>
      <span class={holding.isInDoubt ? "doubt" : "muted"}>
        {holding.isInDoubt ? `${DOUBT_SIGN} in doubt` : `entry ${formatPrice(holding.entry)}`}
      </span>
    </button>
  );
}

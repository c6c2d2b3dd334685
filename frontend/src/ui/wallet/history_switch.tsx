/** The account's level in the coin on screen through time, on the map: a switch, and what is to be said about it. */

import type { AccountHistoryAnswer } from "../../api/schema";
import { usePage } from "../use_page";

export function HistorySwitch({ address }: { readonly address: string }) {
  const page = usePage();
  const { wallets } = page;
  const coin = page.coin.value ?? "";
  const history = wallets.history.value;
  return (
    <div class="history-switch">
      <label class="switch">
        <input
          id="history-shown"
          type="checkbox"
          checked={wallets.isHistoryShown.value}
          onChange={(event) => {
            wallets.isHistoryShown.value = event.currentTarget.checked;
          }}
        />
        {`its liquidation price in ${coin} through time, on the map`}
      </label>
      {wallets.isHistoryShown.value ? (
        <p class="muted" role="status">
          {history === null ? "loading" : typeof history === "string" ? history : saidOf(history, address, coin)}
        </p>
      ) : null}
    </div>
  );
}

function saidOf(history: AccountHistoryAnswer, address: string, coin: string): string {
  if (history.address !== address || history.coin !== coin) return "loading";
  const held = history.size.filter((size) => size !== null && size !== 0).length;
  const levels = history.liquidation_price.filter((price) => price !== null).length;
  if (held === 0) return `It held no ${coin} in the time on screen, as far as is known. ${history.note ?? ""}`;
  const parts =
    levels === 0
      ? `It held ${coin}, but no price of ${coin} alone would have liquidated it.`
      : "A line of steps; where it is broken, nothing was held, no price would have liquidated it, or it is unknown.";
  return `${parts} ${history.is_exempt ? "Not liquidated in practice." : ""} ${history.note ?? ""}`;
}

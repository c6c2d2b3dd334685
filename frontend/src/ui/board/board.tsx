/** The board of all coins: notional of both sides and how much of the open interest is known. */

import type { CoinRow } from "../../api/schema";
import { formatPrice } from "../../format/price";
import { percent, usd } from "../../format/usd";
import { DOUBT_SIGN } from "../../model/freshness";
import { setCoin } from "../../state/actions";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";

export function BoardPanel() {
  const page = usePage();
  return (
    <Panel
      name="coins"
      draw={() => (
        <>
          <div class="coin head muted">
            <span>coin</span>
            <span>mark</span>
            <span>long</span>
            <span>short</span>
            <span title="Part of the open interest that the known positions make up">covered</span>
          </div>
          {page.coins.value.map((row) => (
            <Coin
              key={row.coin}
              row={row}
              isShown={row.coin === page.coin.value}
              choose={() => setCoin(page, row.coin)}
            />
          ))}
        </>
      )}
    />
  );
}

interface CoinProps {
  readonly row: CoinRow;
  readonly isShown: boolean;
  readonly choose: () => void;
}

function Coin({ row, isShown, choose }: CoinProps) {
  const doubt = row.doubt ?? [];
  const title =
    doubt.length === 0
      ? undefined
      : `In doubt, not live: ${doubt.join("; ")}. The mark is the last that could be believed.`;
  return (
    <button type="button" class="coin" aria-pressed={isShown} title={title} onClick={choose}>
      <b>{doubt.length === 0 ? row.coin : `${DOUBT_SIGN} ${row.coin} in doubt`}</b>
      <span>{formatPrice(row.mark)}</span>
      <span class="long">{usd(row.long_notional, 3)}</span>
      <span class="short">{usd(row.short_notional, 3)}</span>
      <span>{percent(row.coverage)}</span>
    </button>
  );
}

/** One coin of the table: a click opens it, or puts it beside the one on screen. */

import type { BoardRow } from "../../api/schema";
import { BOARD_COLUMNS, type ColumnName } from "../../model/board_table";
import { DOUBT_SIGN } from "../../model/freshness";
import { setCoin } from "../../state/actions";
import { besideCoins, canStandBeside, toggleBeside } from "../../state/beside";
import { usePage } from "../use_page";

interface RowProps {
  readonly row: BoardRow;
  readonly columns: readonly ColumnName[];
}

export function Row({ row, columns }: RowProps) {
  const page = usePage();
  const { coin, doubt } = row;
  const isShown = page.coin.value === coin;
  const isFavourite = page.board.favourites.value.has(coin);
  return (
    <tr aria-current={isShown ? "true" : undefined} data-coin={coin}>
      <td class="star">
        <button
          type="button"
          class="star"
          aria-label={`Favourite ${coin}`}
          aria-pressed={isFavourite}
          onClick={() => page.board.toggleFavourite(coin)}
        >
          {isFavourite ? "★" : "☆"}
        </button>
      </td>
      {columns.map((name) => {
        const { text, side } = BOARD_COLUMNS[name];
        if (name === "coin") return <Coin key={name} row={row} isShown={isShown} />;
        const isDoubted = name === "price" && doubt.length > 0;
        return (
          <td
            key={name}
            class={side === undefined ? `of-${name}` : `of-${name} ${side}`}
            title={isDoubted ? doubt.join("; ") : undefined}
          >
            {text(row)}
          </td>
        );
      })}
    </tr>
  );
}

function Coin({ row, isShown }: { readonly row: BoardRow; readonly isShown: boolean }) {
  const page = usePage();
  const { coin, doubt } = row;
  const isBeside = besideCoins(page).includes(coin);
  const title =
    doubt.length === 0
      ? undefined
      : `In doubt, not live: ${doubt.join("; ")}. The mark is the last that could be believed.`;
  return (
    <th scope="row" class="coin-cell">
      <button type="button" class="coin" aria-pressed={isShown} title={title} onClick={() => setCoin(page, coin)}>
        <b>{doubt.length === 0 ? coin : `${DOUBT_SIGN} ${coin} in doubt`}</b>
        {row.is_delisted && <span class="muted"> delisted</span>}
      </button>
      <button
        type="button"
        class="beside"
        aria-label={`${coin} beside the map`}
        aria-pressed={isBeside}
        disabled={!isBeside && (isShown || !canStandBeside(page))}
        onClick={() => toggleBeside(page, coin)}
      >
        {isBeside ? "−" : "+"}
      </button>
    </th>
  );
}

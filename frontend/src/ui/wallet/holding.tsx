/** One position: where it is liquidated, how far that is, and what happens there in words. */

import { useSignal } from "@preact/signals";
import { fetchPositions } from "../../api/client";
import type { Pool, PoolPosition } from "../../api/schema";
import { formatPrice, formatSize } from "../../format/price";
import { distance, percent, UNKNOWN, usd } from "../../format/usd";
import { ladderSentences } from "../../model/ladder_text";
import { NEAR, nearSpan } from "../../model/near_share";
import { showLevel } from "../../state/wallet_actions";
import { Sums } from "../parts";
import { useAnswer, usePage } from "../use_page";

interface HoldingProps {
  readonly row: PoolPosition;
  readonly pool: Pool;
}

export function Holding({ row, pool }: HoldingProps) {
  const page = usePage();
  const side = row.side === 1 ? "long" : "short";
  return (
    <div class={`holding ${side}`} data-coin={row.coin}>
      <div class="holding-head">
        <button
          type="button"
          class="plain-button"
          aria-label={`Show ${row.coin} on the map`}
          onClick={() => showLevel(page, row.coin, row.liquidation_price)}
        >
          {row.coin}
        </button>
        <span>{`${side} ${formatSize(row.size)}`}</span>
        <span>{usd(row.notional)}</span>
      </div>
      <Sums
        rows={[
          ["liquidation price, worked out here", solvedLevel(row), { word: "level" }],
          ["liquidation price, by the exchange", publishedLevel(row), { word: "published_level" }],
          ["distance", distance(row.distance_percent)],
          ["entry", formatPrice(row.entry_price)],
          ["leverage", `${row.leverage === null ? UNKNOWN : `${row.leverage}×`}, ${pool.margin_mode}`],
          ["backstop price", formatPrice(row.backstop_price), { word: "backstop" }],
          ["bankruptcy price", formatPrice(row.bankruptcy_price), { word: "bankruptcy" }],
        ]}
      />
      {pool.is_exempt ? null : <Ladder row={row} />}
    </div>
  );
}

/** Opened by hand: its share of the levels near is a question of its own. */
function Ladder({ row }: { readonly row: PoolPosition }) {
  const isOpen = useSignal(false);
  return (
    <details
      class="ladder"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>What happens there</summary>
      {isOpen.value && (
        <ol>
          {ladderSentences(row).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ol>
      )}
      {isOpen.value && row.level_status === "ok" && <NearShare row={row} />}
    </details>
  );
}

/** How much of what is liquidated around the same price is this position. */
function NearShare({ row }: { readonly row: PoolPosition }) {
  const level = row.liquidation_price ?? 0;
  const { low, high } = nearSpan(level);
  const question = { price_low: low, price_high: high, side: row.side };
  const { answer, problem } = useAnswer(`${row.coin} ${level}`, (signal) =>
    fetchPositions(row.coin, question, 1, signal),
  );
  if (problem !== null) return <p class="muted">{`Its share of the levels near is unknown: ${problem}`}</p>;
  if (answer === null) return <p class="muted">loading</p>;
  const all = row.side === 1 ? answer.totals.long_notional : answer.totals.short_notional;
  const share = row.notional !== null && all >= row.notional * 0.999 ? Math.min(row.notional / all, 1) : null;
  const reach = `${NEAR * 100} %`;
  return (
    <p class="muted">
      {`Within ${reach} of that price ${usd(all, 3)} of ${row.side === 1 ? "longs" : "shorts"} in ${row.coin} are liquidated; this position is ${share === null ? "an unknown part" : percent(share)} of it.`}
    </p>
  );
}

function solvedLevel(row: PoolPosition): string {
  if (row.level_status === "ok") return formatPrice(row.liquidation_price);
  if (row.level_status === "insolvent") return "any price";
  return row.level_status === "no_level" ? "none" : UNKNOWN;
}

function publishedLevel(row: PoolPosition): string {
  if (row.published === "price") return formatPrice(row.published_liquidation_price);
  return row.published === "none" ? "none" : "not given";
}

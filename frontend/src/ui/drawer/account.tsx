/** One account: its pools, what backs them, and the levels of its positions. */

import { fetchAccount } from "../../api/client";
import type { Pool, PoolPosition } from "../../api/schema";
import { formatPrice, formatSize } from "../../format/price";
import { formatTime } from "../../format/time";
import { distance, percent, usd, usdFull } from "../../format/usd";
import { DOUBT_SIGN } from "../../model/freshness";
import { forcedFlow } from "../../model/window";
import type { DrawerView } from "../../state/drawer_view";
import { CsvButton } from "../csv";
import { Sums } from "../parts";
import { useAnswer } from "../use_page";

type AccountView = Extract<DrawerView, { kind: "account" }>;

export function Account({ view }: { readonly view: AccountView }) {
  const { answer, problem } = useAnswer("once", (signal) => fetchAccount(view.address, view.atMs ?? undefined, signal));
  if (problem !== null) {
    return (
      <p class="empty" role="alert">
        {problem}
      </p>
    );
  }
  if (answer === null) return <p class="empty">loading</p>;
  const left = answer.isolated_margin_left ?? null;
  return (
    <>
      <code class="address">{answer.address}</code>
      <p class="muted">{`as of ${formatTime(answer.as_of_ms)}`}</p>
      <p class="save-row">
        <CsvButton what="this account" make={async () => (await import("../../model/csv_tables")).accountCsv(answer)} />
      </p>
      {answer.pools.map((pool, index) => (
        <PoolPart key={`${index} ${pool.margin_mode}`} pool={pool} />
      ))}
      {left === null ? null : <p class="muted">{`isolated margin without a position: ${usdFull(left)}`}</p>}
      {answer.pools.length === 0 ? <p class="empty">This address holds nothing at that time.</p> : null}
    </>
  );
}

function PoolPart({ pool }: { readonly pool: Pool }) {
  return (
    <section class="pool">
      <h3>
        {`${pool.margin_mode} pool`}
        <span class="muted">{` ${pool.margin_source}${pool.kind === "trader" ? "" : `, ${pool.kind}`}`}</span>
      </h3>
      {pool.kind_reason === null ? null : <p class="muted">{pool.kind_reason}</p>}
      {pool.is_in_doubt === true ? (
        <p class="doubt">{`${DOUBT_SIGN} in doubt: it holds a coin whose figures cannot be right now`}</p>
      ) : null}
      <Sums
        rows={[
          ["account value", usd(pool.account_value)],
          ["maintenance", usd(pool.maintenance_margin)],
          ["free margin", usd(pool.free_margin)],
          ["maintenance / value", percent(pool.health, 1), { title: "100 % is liquidatable" }],
          ["state of", formatTime(pool.observed_ms)],
        ]}
      />
      {pool.positions.map((row) => (
        <Holding key={row.coin} row={row} />
      ))}
    </section>
  );
}

function Holding({ row }: { readonly row: PoolPosition }) {
  const side = row.side === 1 ? "long" : "short";
  return (
    <div class={`holding ${side}`}>
      <div class="holding-head">
        <b>{row.coin}</b>
        <span>{`${side} ${formatSize(row.size)}`}</span>
        <span>{usd(row.notional)}</span>
        <span class="muted">{row.leverage === null ? "" : `${row.leverage}×`}</span>
      </div>
      <Sums
        rows={[
          ["solved level", solvedLevel(row)],
          ["published level", publishedLevel(row)],
          ["distance", distance(row.distance_percent)],
          ["entry", formatPrice(row.entry_price)],
          ["backstop", formatPrice(row.backstop_price)],
          ["bankruptcy", formatPrice(row.bankruptcy_price)],
        ]}
      />
      {row.orders.length === 0 ? null : <p class="muted">{ordersText(row)}</p>}
    </div>
  );
}

function solvedLevel(row: PoolPosition): string {
  if (row.level_status === "ok") return formatPrice(row.liquidation_price);
  return row.level_status === "no_level" ? "none" : "unknown";
}

function publishedLevel(row: PoolPosition): string {
  if (row.published === "price") return formatPrice(row.published_liquidation_price);
  return row.published === "none" ? "none" : "not given";
}

/** Expected forced sell: $1.2M at 60,100, then $300k at 59,800. */
function ordersText(row: PoolPosition): string {
  const orders = row.orders.map((order) => `${usd(order.notional, 3)} at ${formatPrice(order.price)}`);
  return `Expected ${forcedFlow(row.side)}: ${orders.join(", then ")}`;
}

/** A margin pool: what backs it, and its positions. */

import type { Pool } from "../../api/schema";
import { formatTime } from "../../format/time";
import { percent, usd } from "../../format/usd";
import { DOUBT_SIGN } from "../../model/freshness";
import { sourceWords } from "../../model/margin_source";
import { Term } from "../glossary/term";
import { Sums } from "../parts";
import { Holding } from "./holding";

export function PoolPart({ pool }: { readonly pool: Pool }) {
  return (
    <section class="pool">
      <h3>
        <Term name="pool">{`${pool.margin_mode} pool`}</Term>
        <span class="muted">{pool.kind === "trader" ? "" : `, ${pool.kind}`}</span>
      </h3>
      {pool.kind_reason === null ? null : <p class="muted">{pool.kind_reason}</p>}
      {pool.is_in_doubt === true ? (
        <p class="doubt">{`${DOUBT_SIGN} in doubt: it holds a coin whose figures cannot be right now`}</p>
      ) : null}
      <Sums
        rows={[
          ["account value", usd(pool.account_value), { word: "account_value" }],
          ["maintenance margin needed", usd(pool.maintenance_margin), { word: "maintenance_margin" }],
          ["free margin", usd(pool.free_margin), { word: "free_margin" }],
          ["margin used up (liquidated at 100 %)", percent(pool.health, 1)],
          ["its cash is known", sourceWords(pool.margin_source), { word: "margin_source" }],
          ["read at", formatTime(pool.observed_ms)],
        ]}
      />
      <div class="holdings">
        {pool.positions.map((row) => (
          <Holding key={row.coin} row={row} pool={pool} />
        ))}
      </div>
    </section>
  );
}

/** The balance of both sides near the mark: what is forced below against what is forced above. */

import type { AsymmetryRow } from "../../api/schema";
import { usd } from "../../format/usd";
import { usePage } from "../use_page";

export function Asymmetry() {
  const rows = usePage().asymmetry.value?.rows ?? [];
  const most = Math.max(...rows.map((row) => Math.max(row.long_below_notional, row.short_above_notional)), 1);
  return (
    <div id="asymmetry" class="asymmetry" role="group" aria-label="Balance of both sides near the mark">
      <div class="asym head muted">
        <span>longs below: sell</span>
        <span>within</span>
        <span>shorts above: buy</span>
      </div>
      {rows.map((row) => (
        <Balance key={row.distance_percent} row={row} most={most} />
      ))}
    </div>
  );
}

function Balance({ row, most }: { readonly row: AsymmetryRow; readonly most: number }) {
  return (
    <div class="asym" title={`imbalance ${row.imbalance === null ? "unknown" : row.imbalance.toFixed(2)}`}>
      <Half side="long" notional={row.long_below_notional} most={most} />
      <span class="muted">{`${row.distance_percent} %`}</span>
      <Half side="short" notional={row.short_above_notional} most={most} />
    </div>
  );
}

interface HalfProps {
  readonly side: "long" | "short";
  readonly notional: number;
  readonly most: number;
}

function Half({ side, notional, most }: HalfProps) {
  return (
    <span>
      <span class={`bar ${side}`} aria-hidden="true" style={{ width: `${(notional / most) * 100}%` }} />
      <b>{usd(notional, 3)}</b>
    </span>
  );
}

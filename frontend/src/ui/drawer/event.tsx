/** One liquidation on the map: what it was, what price did after it, and the ways on to its band, cluster and account. */

import type { EventAnswer } from "../../api/schema";
import { shortAddress } from "../../format/address";
import { formatPrice, formatSize } from "../../format/price";
import { formatTime } from "../../format/time";
import { usd, usdFull } from "../../format/usd";
import { impactText, signedBp } from "../../model/impact_text";
import { openCluster, openDeeper } from "../../state/actions";
import type { DrawerView } from "../../state/drawer_view";
import { type SumRow, Sums } from "../parts";
import { usePage } from "../use_page";

/** Half a base band: the levels that stood where a liquidation was. */
const BAND_REACH = 0.00025;

type EventView = Extract<DrawerView, { kind: "event" }>;

export function Event({ view }: { readonly view: EventView }) {
  const { event } = view;
  return (
    <>
      <p>
        <b>{impactText(event)}</b>
      </p>
      <Sums rows={figures(event)} />
      <p class="muted">{formatTime(event.first_fill_ms)}</p>
      <Ways view={view} />
    </>
  );
}

function figures(event: EventAnswer): SumRow[] {
  const slippage = signedBp(event.slippage_bp);
  return [
    ["forced flow", `${event.direction} of ${formatSize(event.size)} at ${formatPrice(event.price)}`],
    ["USD", usdFull(event.notional)],
    ["level before", formatPrice(event.liquidation_price)],
    ["mark", formatPrice(event.mark)],
    ["method", [event.method, event.evidence].filter((word) => word !== null).join(", ") || "unknown"],
    ["taken by", event.taken_by ?? "unknown"],
    ["slippage", slippage === null ? "unknown" : `${slippage} bp`],
    ["share of depth", event.depth_share === null ? "unknown" : `${(event.depth_share * 100).toFixed(1)} %`],
    [
      "recovered in",
      event.recovery_ms === null ? "not within 10 min, or unknown" : `${(event.recovery_ms / 1000).toFixed(0)} s`,
    ],
    ["burst", usd(event.burst_usd)],
    ["baseline of", `${event.baseline_count} times`],
  ];
}

function Ways({ view }: { readonly view: EventView }) {
  const page = usePage();
  const { coin, event } = view;
  const { address } = event;
  const level = event.liquidation_price ?? event.price;
  // None where it was in no cluster, or in one that does not stand any more.
  const id = event.cluster_id ?? null;
  const cluster = id === null ? undefined : page.clusters.value?.clusters.find((each) => each.cluster_id === id);
  return (
    <p class="ways">
      {level === null ? null : (
        <Way name="band" text="its band" act={() => openDeeper(page, bandBefore(coin, event, level))} />
      )}
      {cluster === undefined ? null : <Way name="cluster" text="its cluster" act={() => openCluster(page, cluster)} />}
      {address === null ? null : (
        <Way
          name="account"
          text={`account ${shortAddress(address)}`}
          act={() => openDeeper(page, { kind: "account", address, atMs: null })}
        />
      )}
    </p>
  );
}

/** The positions that stood at a level a moment before. */
function bandBefore(coin: string, event: EventAnswer, level: number): DrawerView {
  const question = {
    price_low: level * (1 - BAND_REACH),
    price_high: level * (1 + BAND_REACH),
    side: event.side,
    at: event.first_fill_ms - 1,
  };
  return { kind: "positions", title: `${coin} near ${formatPrice(level)} before it`, coin, question, cluster: null };
}

interface WayProps {
  readonly name: string;
  readonly text: string;
  readonly act: () => void;
}

function Way({ name, text, act }: WayProps) {
  return (
    <button type="button" class="link" data-way={name} onClick={act}>
      {text}
    </button>
  );
}

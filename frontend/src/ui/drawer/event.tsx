/** One liquidation on the map: what it was, what price did after it, and the ways on to its band, cluster and account. */

import type { EventAnswer } from "../../api/schema";
import { shortAddress } from "../../format/address";
import { formatPrice, formatSize } from "../../format/price";
import { formatTime } from "../../format/time";
import { usd, usdFull } from "../../format/usd";
import { impactText, signedBp } from "../../model/impact_text";
import { EVIDENCE, METHODS } from "../../model/liquidation_text";
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
    [
      "forced order",
      `${event.direction} of ${formatSize(event.size)} at ${formatPrice(event.price)}`,
      { word: "forced_flow" },
    ],
    ["size in USD", usdFull(event.notional)],
    ["our level of it before", formatPrice(event.liquidation_price), { word: "level" }],
    ["mark price", formatPrice(event.mark), { word: "mark" }],
    ["how it was closed", wordOf(METHODS, event.method), { word: "liquidation" }],
    ["how it is known", wordOf(EVIDENCE_WORDS, event.evidence), { word: "evidence" }],
    ["who took the other side", event.taken_by ?? "unknown"],
    ["filled worse than the price before", slippage === null ? "unknown" : `${slippage} bp`, { word: "slippage" }],
    [
      "part of the resting orders near the price",
      event.depth_share === null ? "unknown" : `${(event.depth_share * 100).toFixed(1)} %`,
      { word: "depth" },
    ],
    [
      "half of the move gone after",
      event.recovery_ms === null ? "not within 10 min, or unknown" : `${(event.recovery_ms / 1000).toFixed(0)} s`,
      { word: "recovery" },
    ],
    ["liquidated together with it", usd(event.burst_usd), { word: "burst" }],
    ["compared with calm times", `${event.baseline_count} of them`, { word: "baseline" }],
  ];
}

const EVIDENCE_WORDS = Object.fromEntries(Object.entries(EVIDENCE).map(([name, [word]]) => [name, word]));

const wordOf = (words: Readonly<Record<string, string>>, name: string | null): string =>
  name === null ? "unknown" : (words[name] ?? name);

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
        <Way
          name="band"
          text="positions that stood there before"
          act={() => openDeeper(page, bandBefore(coin, event, level))}
        />
      )}
      {cluster === undefined ? null : (
        <Way name="cluster" text="the cluster it was in" act={() => openCluster(page, cluster)} />
      )}
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

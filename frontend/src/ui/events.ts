/** One liquidation on the map: what it was, what price did after it, and the ways on to its band, cluster and account. */

import type { EventAnswer } from "../api/schema";
import { formatPrice, formatSize } from "../format/price";
import { formatTime } from "../format/time";
import { usd, usdFull } from "../format/usd";
import { el, sums } from "./dom";
import { shortAddress } from "./drawer";
import type { Drawer } from "./drawer_control";

/** Half a base band: the levels that stood where a liquidation was. */
const BAND_REACH = 0.00025;

const bp = (value: number | null): string | null =>
  value === null ? null : `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(1)}`;

/** Impact +3.1 / +7.5 / −2.3 bp after 1 / 10 / 60 s, usually +0.2; a figure that is not known says so. */
export function impactText(event: EventAnswer): string {
  const figures = [event.impact_1s_bp, event.impact_10s_bp, event.impact_60s_bp].map(bp);
  if (figures.every((figure) => figure === null))
    return `impact unknown${event.why_unknown ? `: ${event.why_unknown}` : ""}`;
  const usual = bp(event.baseline_60s_bp);
  return (
    `impact ${figures.map((figure) => figure ?? "?").join(" / ")} bp after 1 / 10 / 60 s` +
    (usual === null ? "" : `; calm times ${usual} after 60 s`)
  );
}

interface EventHandlers {
  readonly openBand: (() => void) | null;
  readonly openCluster: (() => void) | null;
  readonly openWallet: (() => void) | null;
}

/** In the drawer, with ways on to its band, its cluster and its account; openCluster null: in none that stands. */
export function openEvent(drawer: Drawer, coin: string, event: EventAnswer, openCluster: (() => void) | null): void {
  const { address, side } = event;
  const level = event.liquidation_price ?? event.price;
  const openBand = (price: number): void =>
    void drawer.openPositions(`${coin} near ${formatPrice(price)} before it`, coin, {
      price_low: price * (1 - BAND_REACH),
      price_high: price * (1 + BAND_REACH),
      side,
      at: event.first_fill_ms - 1,
    });
  drawer.openBody(`${coin} ${side === 1 ? "long" : "short"} liquidated`, (body) =>
    renderEvent(body, event, {
      openBand: level === null ? null : () => openBand(level),
      openCluster,
      openWallet: address === null ? null : () => void drawer.openWallet(address),
    }),
  );
}

function renderEvent(body: HTMLElement, event: EventAnswer, handlers: EventHandlers): void {
  const link = (text: string, act: () => void, name: string): HTMLElement => {
    const button = el("button", { type: "button", class: "link", "data-way": name }, text);
    button.addEventListener("click", act);
    return button;
  };
  const rows: [string, string][] = [
    ["forced flow", `${event.direction} of ${formatSize(event.size)} at ${formatPrice(event.price)}`],
    ["USD", usdFull(event.notional)],
    ["level before", formatPrice(event.liquidation_price)],
    ["mark", formatPrice(event.mark)],
    ["method", [event.method, event.evidence].filter((word) => word !== null).join(", ") || "unknown"],
    ["taken by", event.taken_by ?? "unknown"],
    ["slippage", event.slippage_bp === null ? "unknown" : `${bp(event.slippage_bp)} bp`],
    ["share of depth", event.depth_share === null ? "unknown" : `${(event.depth_share * 100).toFixed(1)} %`],
    [
      "recovered in",
      event.recovery_ms === null ? "not within 10 min, or unknown" : `${(event.recovery_ms / 1000).toFixed(0)} s`,
    ],
    ["burst", usd(event.burst_usd)],
    ["baseline of", `${event.baseline_count} times`],
  ];
  body.replaceChildren(
    el("p", {}, el("b", {}, impactText(event))),
    sums(rows),
    el("p", { class: "muted" }, formatTime(event.first_fill_ms)),
    el(
      "p",
      { class: "ways" },
      handlers.openBand === null ? null : link("its band", handlers.openBand, "band"),
      handlers.openCluster === null ? null : link("its cluster", handlers.openCluster, "cluster"),
      handlers.openWallet === null
        ? null
        : link(`account ${shortAddress(event.address ?? "")}`, handlers.openWallet, "account"),
    ),
  );
}

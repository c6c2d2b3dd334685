/** What a reader does: each function changes the state, and whatever shows it follows. */

import { batch } from "@preact/signals";
import type { Cluster, EventAnswer } from "../api/schema";
import { formatPrice } from "../format/price";
import { linkName } from "../model/cluster_list";
import { HELD, type Held } from "../model/held";
import { LAYERS, type LayerName } from "../model/layers";
import { movedSpan, type PriceSpan, spanWith } from "../model/price_span";
import type { RangeName } from "../model/time_range";
import { type Levels, type LinkedView, MODES, type Mode } from "../model/view_hash";
import type { Cell } from "../model/window";
import type { PaletteName } from "../primitives/heatmap";
import type { DrawerView } from "./drawer_view";
import type { PageState, PanelName } from "./page_state";
import { type Settings, saveSettings, THEMES } from "./settings";

// --- what is looked at ---

/** Another coin: nothing of the one before stays. Accounts are of no coin. */
export function setCoin(page: PageState, coin: string): void {
  if (coin === page.coin.value) return;
  batch(() => {
    change(page, { coin, least: null, cluster: null, trade: null, span: null, prices: null });
    page.drawer.value = page.drawer.value.filter(
      ({ kind }) => kind === "account" || kind === "accounts" || kind === "alerts",
    );
    page.joint.value = null;
    page.candles.value = page.heat.value = page.liquidations.value = null;
    page.newest.clear();
    page.besideClusters.clear();
    page.replay.clear();
    page.moreLiquidations.value = 0;
    page.hovered.value = null;
    page.visible.value = page.planned.value = page.scale.value = null;
    page.isMapServed.value = false;
    page.tell(null);
  });
}

/** Also where it is the range already: the whole of it comes on screen again. */
export function setRange(page: PageState, range: RangeName): void {
  batch(() => {
    change(page, { range });
    showRange(page);
  });
}

/** The whole range again. */
export function showRange(page: PageState): void {
  batch(() => {
    change(page, { span: null, prices: null });
    page.rangeAsked.value += 1;
  });
}

export const setMode = (page: PageState, mode: Mode): void => change(page, { mode });
export const nextMode = (page: PageState): void => setMode(page, following(MODES, page.mode.value));
export const setHeld = (page: PageState, held: Held): void => change(page, { held });
export const toggleZone = (page: PageState): void =>
  change(page, { zone: page.view.value.zone === "utc" ? "local" : "utc" });
export const nextHeld = (page: PageState): void => setHeld(page, following(HELD, page.held.value));

/** Solo or joint levels in the profile and the clusters. A cluster of the others is not marked any more. */
export function setLevels(page: PageState, levels: Levels): void {
  batch(() => {
    change(page, { levels, cluster: null });
    page.drawer.value = [];
  });
}

export const nextLevels = (page: PageState): void => setLevels(page, page.isJoint.value ? "solo" : "joint");

export function toggleLayer(page: PageState, layer: LayerName): void {
  const shown = page.view.value.layers;
  const layers = LAYERS.filter((each) => (each === layer ? !shown.includes(each) : shown.includes(each)));
  change(page, { layers });
}

/** Another view, of a link that was followed or a control that was used. */
export function change(page: PageState, part: Partial<LinkedView>): void {
  page.view.value = { ...page.view.value, ...part };
}

/** Kept in the browser at once. */
export function changeSettings(page: PageState, part: Partial<Settings>): void {
  page.settings.value = { ...page.settings.value, ...part };
  saveSettings(page.settings.value);
}

export const nextTheme = (page: PageState): void =>
  changeSettings(page, { theme: following(THEMES, page.settings.value.theme) });

/** Kept for the next visit, and no link's any more. */
export function setPalette(page: PageState, palette: PaletteName): void {
  batch(() => {
    change(page, { palette: null });
    changeSettings(page, { palette });
  });
}

/** Two hues on or off; off is the default one. */
export const toggleSides = (page: PageState): void =>
  setPalette(page, page.palette.value === "sides" ? "thermal" : "sides");

/** Cells of this coin below so many USD per 0.1 % are not drawn, now and at the next visit. */
export function setThreshold(page: PageState, threshold: number): void {
  const coin = page.coin.value;
  if (coin === null) return;
  batch(() => {
    change(page, { least: null });
    changeSettings(page, { thresholds: { ...page.settings.value.thresholds, [coin]: threshold } });
  });
}

// --- where the chart goes ---

/** By parts of what is on screen. */
export function pan(page: PageState, timeShare: number, priceShare: number): void {
  const area = page.visible.value;
  if (area === null) return;
  const shift = (area.endMs - area.startMs) * timeShare;
  page.camera.value = {
    span: timeShare === 0 ? null : { startMs: area.startMs + shift, endMs: area.endMs + shift },
    prices: priceShare === 0 ? null : movedSpan({ low: area.lowPrice, high: area.highPrice }, priceShare),
  };
}

/** Below 1 shows less time. */
export function zoom(page: PageState, factor: number): void {
  const area = page.visible.value;
  if (area === null) return;
  const middle = (area.startMs + area.endMs) / 2;
  const half = ((area.endMs - area.startMs) / 2) * factor;
  page.camera.value = { span: { startMs: middle - half, endMs: middle + half }, prices: null };
}

/** Prices and the newest time come on screen, what was seen beside them stays as far as it can. */
export function bringIntoView(page: PageState, wanted: PriceSpan): void {
  const area = page.visible.peek();
  const now = page.shownClusters.peek()?.as_of_ms ?? null;
  if (area === null || now === null) return;
  const seen = { low: area.lowPrice, high: area.highPrice };
  const prices = spanWith(seen, wanted);
  const isSeen = prices.low === seen.low && prices.high === seen.high;
  const span = area.startMs <= now && now <= area.endMs ? null : endingAt(now, area.endMs - area.startMs);
  if (span !== null || !isSeen) page.camera.value = { span, prices: isSeen ? null : prices };
}

/** A part of the width, right of the newest time. */
const AFTER = 0.06;
const endingAt = (timeMs: number, widthMs: number) => ({
  startMs: timeMs - widthMs * (1 - AFTER),
  endMs: timeMs + widthMs * AFTER,
});

// --- panels and the drawer ---

export function openPanel(page: PageState, panel: PanelName): void {
  page.panel.value = panel;
}

export function openDrawer(page: PageState, view: DrawerView): void {
  if (page.isEmbedded.peek()) return;
  page.drawer.value = [view];
}

/** One more step into what is shown, to come back from. */
export function openDeeper(page: PageState, view: DrawerView): void {
  page.drawer.value = [...page.drawer.value, view];
}

export function goBack(page: PageState): void {
  page.drawer.value = page.drawer.value.slice(0, -1);
}

export function closeDrawer(page: PageState): void {
  batch(() => {
    page.drawer.value = [];
    unchoose(page);
  });
}

/** No cluster is marked any more. */
export const unchoose = (page: PageState): void => change(page, { cluster: null });

/** The positions behind a cell. */
export function openBand(page: PageState, cell: Cell): void {
  const coin = page.coin.value;
  if (coin === null || cell.asOfMs === null) return;
  const question = { band: cell.band, level: cell.level, at: cell.asOfMs };
  const title = `${coin} ${formatPrice(cell.priceLow)} – ${formatPrice(cell.priceHigh)}`;
  batch(() => {
    unchoose(page);
    openDrawer(page, { kind: "positions", title, coin, question, cluster: null });
  });
}

/** Marked on the chart and brought into view; the list behind a span of prices is of solo levels, so joint ones get none. */
export function openCluster(page: PageState, cluster: Cluster, isMoved = true): void {
  const coin = page.coin.value;
  const at = page.at.peek();
  if (coin === null) return;
  batch(() => {
    change(page, { cluster: linkName(cluster, page.shownClusters.peek()?.clusters ?? []) });
    if (isMoved) bringIntoView(page, { low: cluster.price_low, high: cluster.price_high });
    if (page.isJoint.value) return;
    openDrawer(page, {
      kind: "positions",
      title: `${coin} ${cluster.side === 1 ? "longs" : "shorts"} near ${formatPrice(cluster.price_peak)}`,
      coin,
      question: {
        price_low: cluster.price_low,
        price_high: cluster.price_high,
        side: cluster.side,
        ...(at === null ? {} : { at }),
      },
      cluster,
    });
  });
}

/** A liquidation on the map. */
export function openEvent(page: PageState, id: string): void {
  const coin = page.coin.value;
  const event: EventAnswer | undefined = page.events.value?.events.find((each) => each.event_id === id);
  if (coin === null || event === undefined) return;
  batch(() => {
    unchoose(page);
    openDrawer(page, { kind: "event", coin, event });
  });
}

/** An account by itself, as it is now or was at the moment that is replayed. */
export const openWallet = (page: PageState, address: string): void =>
  openDrawer(page, { kind: "account", address, atMs: page.at.peek() });

const following = <T>(all: readonly T[], one: T): T => all[(all.indexOf(one) + 1) % all.length] as T;

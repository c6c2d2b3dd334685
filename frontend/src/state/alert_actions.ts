/** What a reader does with alerts: begin one at a level, a cluster or an account, go to one that fired. */

import type { Alert } from "../api/alerts";
import type { Cluster } from "../api/schema";
import type { AlertSubject } from "../model/alert_rules";
import type { Anchor } from "../model/popover_place";
import type { PageState } from "./page_state";
import { showLevel } from "./wallet_actions";

/** The form "Alert when", beside what was pointed at. A page within another shows the map alone. */
export function beginAlert(page: PageState, subject: AlertSubject, anchor: Anchor): void {
  if (page.isEmbedded.peek()) return;
  const opener = document.activeElement;
  page.alerts.draft.value = { subject, anchor, opener: opener instanceof HTMLElement ? opener : null };
}

/** A cluster of the list; the mark meets its near edge first. */
export const ofCluster = (coin: string, cluster: Cluster): AlertSubject => ({
  kind: "cluster",
  coin,
  cluster,
  price: cluster.side === 1 ? cluster.price_high : cluster.price_low,
});

/** By its key: of the cluster or account that is looked at, else of the price that is pointed at, else of the mark. */
export function beginAlertHere(page: PageState): void {
  const coin = page.coin.peek();
  if (coin === null) return;
  const top = page.drawer.peek().at(-1);
  const cluster = page.hovered.peek() ?? (top?.kind === "positions" ? top.cluster : null);
  const price = page.pointer.peek()?.price ?? page.mark.peek();
  const subject: AlertSubject | null =
    cluster !== null
      ? ofCluster(coin, cluster)
      : top?.kind === "account"
        ? { kind: "account", address: top.address }
        : price === null
          ? null
          : { kind: "level", coin, price };
  if (subject !== null) beginAlert(page, subject, anchorOfFocus());
}

/** Where the focus is, or in the middle of the screen. */
export function anchorOfFocus(): Anchor {
  const focused = document.activeElement;
  if (focused !== null && focused !== document.body && focused.id !== "chart") return focused.getBoundingClientRect();
  const [left, top] = [innerWidth / 2, innerHeight / 3];
  return { left, top, bottom: top };
}

/** Its coin and price on the map. */
export function showAlert(page: PageState, alert: Alert): void {
  if (alert.coin !== null) showLevel(page, alert.coin, alert.price);
}

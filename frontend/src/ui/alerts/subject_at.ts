/** What an alert is about, of a place that was pressed: an account, an own line, a cluster, or a price of the map. */

import type { Cluster } from "../../api/schema";
import type { AlertSubject } from "../../model/alert_rules";
import { clusterAt, clusterName } from "../../model/cluster_list";
import { beginAlert, beginAlertHere, ofCluster } from "../../state/alert_actions";
import { linesOf } from "../../state/measuring";
import type { PageState } from "../../state/page_state";
import { ROWS } from "./press";

/** CSS pixels around an own line that mean it. */
const LINE_PX = 7;

/** CSS pixels of the screen. */
interface Place {
  readonly x: number;
  readonly y: number;
}

/** The form about what is at a place; without one, about what the map is pointed at or shows. */
export function begin(page: PageState, target: Element, place: Place | null): void {
  if (place === null && target.closest(ROWS) === null) {
    beginAlertHere(page);
    return;
  }
  const { x, y } = place ?? { x: 0, y: 0 };
  const subject = subjectAt(page, target, x, y);
  if (subject === null) return;
  const row = target.closest(ROWS);
  beginAlert(page, subject, row === null ? { left: x, top: y, bottom: y } : row.getBoundingClientRect());
}

function subjectAt(page: PageState, target: Element, x: number, y: number): AlertSubject | null {
  const coin = page.coin.peek();
  const data = (name: string): string | null => target.closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? null;
  const [name, address, line] = [data("cluster"), data("address"), data("line")];
  if (address !== null) return { kind: "account", address };
  if (coin === null) return null;
  if (line !== null) return { kind: "level", coin, price: Number(line) };
  const clusters = page.shownClusters.peek()?.clusters ?? [];
  if (name !== null) {
    const cluster = clusters.find((each) => clusterName(each) === name);
    return cluster === undefined ? null : ofCluster(coin, cluster);
  }
  return onChart(page, coin, clusters, target, x, y);
}

/** The own line, else the largest cluster, else the bare price at a place of the map. */
function onChart(
  page: PageState,
  coin: string,
  clusters: readonly Cluster[],
  target: Element,
  x: number,
  y: number,
): AlertSubject | null {
  const [axes, box] = [page.axes.peek(), target.closest("#chart")?.getBoundingClientRect()];
  if (axes === null || box === undefined) return null;
  const [left, top] = [x - box.left, y - box.top];
  const price = axes.priceOf(top);
  if (left < 0 || top > axes.height || price === null || !(price > 0)) return null;
  const own = linesOf(page).find((each) => Math.abs((axes.yOf(each) ?? Number.POSITIVE_INFINITY) - top) <= LINE_PX);
  if (own !== undefined) return { kind: "level", coin, price: own };
  const cluster = clusterAt(clusters, price, [1, -1]);
  return cluster === null ? { kind: "level", coin, price } : { kind: "cluster", coin, cluster, price };
}

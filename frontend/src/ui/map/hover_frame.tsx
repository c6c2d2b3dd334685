/** The frame around the cell that the pointer means: cells may be smaller than a hand is steady. */

import { usePage } from "../use_page";

export function HoverFrame() {
  const page = usePage();
  const [cell, window, axes] = [page.cell.value, page.heat.value, page.axes.value];
  if (cell === null || window === null || axes === null) return <div id="hover" class="hover" hidden />;
  const x0 = axes.xOf(window.start_ms + cell.column * window.step_ms);
  const x1 = axes.xOf(window.start_ms + (cell.column + 1) * window.step_ms);
  const y0 = axes.yOf(cell.priceHigh);
  const y1 = axes.yOf(cell.priceLow);
  if (x0 === null || x1 === null || y0 === null || y1 === null) return <div id="hover" class="hover" hidden />;
  const from = Math.max(x0, 0);
  const to = Math.min(x1, axes.width);
  const style = {
    transform: `translate(${Math.round(from + axes.left) - 1}px, ${Math.round(y0) - 1}px)`,
    width: `${Math.max(Math.round(to - from), 3) + 2}px`,
    height: `${Math.max(Math.round(y1 - y0), 2) + 2}px`,
  };
  return <div id="hover" class="hover" style={style} />;
}

/** What lies over the chart and takes part in its scales; each part reads `page.axes` and places itself. */

export function Overlays() {
  return null;
}

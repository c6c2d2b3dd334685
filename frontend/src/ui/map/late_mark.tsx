/** Says that what is on screen is not yet what was asked for: loading never looks like nothing there. */

import { usePage } from "../use_page";

export function LateMark() {
  const page = usePage();
  const isLate =
    page.coin.value !== null && (page.isHeatLate.value || page.heat.value === null || page.scale.value === null);
  return (
    <div id="late" class="notice late" role="status" hidden={!isLate || page.notice.value !== null}>
      {isLate ? `loading ${page.coin.value ?? ""}` : ""}
    </div>
  );
}

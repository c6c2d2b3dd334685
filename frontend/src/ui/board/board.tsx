/** The panel of all coins: its table is loaded when it is first opened. */

import { lazy } from "../lazy";
import { Panel } from "../side/panel";

const BoardTable = lazy(
  (page) => page.panel.value === "coins",
  async () => (await import("../../later")).BoardTable,
);

export function BoardPanel() {
  return <Panel name="coins" draw={() => <BoardTable />} />;
}

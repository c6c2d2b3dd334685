/**
 * What is loaded when the first of it is needed, all at once: what most visits open little of. One file, because each
 * part loaded by itself leaves pieces that it shares with others, and many small files compress badly.
 */

export { clustersCsv } from "./model/csv_tables";
export { beginAlertHere } from "./state/alert_actions";
export { Absorption } from "./ui/absorption/absorption";
export { AlertForm } from "./ui/alerts/alert_form";
export { sayAloud } from "./ui/alerts/aloud";
export { begin } from "./ui/alerts/subject_at";
export { Beside } from "./ui/beside/beside";
export { BoardTable } from "./ui/board/table";
export { Drawer } from "./ui/drawer/drawer";
export { GlossaryPopover } from "./ui/glossary/popover";
export { Guide } from "./ui/guide/guide";
export { bindLayer } from "./ui/layers/bind_layer";
export { LayersPopover } from "./ui/layers/popover";
export { LimitsPanel } from "./ui/limits/limits";
export { LiquidationsPanel } from "./ui/liquidations/panel";
export { Measure } from "./ui/measuring/measure";
export { OwnLines } from "./ui/measuring/own_lines";
export { ReplayBar } from "./ui/replay/bar";
export { ScorePanel } from "./ui/score/panel";
export { SetupsPanel } from "./ui/setups/panel";
export { mapImage } from "./ui/share/picture";
export { SourcesPanel } from "./ui/sources/sources";
export { TradeOnMap } from "./ui/stop/on_map";
export { StopPanel } from "./ui/stop/panel";
export { Panes } from "./ui/strip/panes";
export { KeysDialog } from "./ui/top/keys_dialog";
export { TwinDialog } from "./ui/twin/twin";
export { WhatIfOnMap } from "./ui/what_if/on_map";
export { WhatIfPanel } from "./ui/what_if/panel";

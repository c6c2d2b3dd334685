/** The page: what stands where. Each part takes what it shows from the one state. */

import type { PageState } from "../state/page_state";
import { BoardPanel } from "./board/board";
import { ClustersPanel } from "./clusters/panel";
import { lazy } from "./lazy";
import { Headline } from "./map/headline";
import { Legend } from "./map/legend";
import { Plot } from "./map/plot";
import { Tabs } from "./side/tabs";
import { Standing } from "./standing/standing";
import { Strip } from "./strip/strip";
import { TopBar } from "./top/top_bar";
import { PageContext } from "./use_page";

const Beside = lazy(
  (page) => page.view.value.beside.length > 0,
  async () => (await import("../later")).Beside,
);
const ReplayBar = lazy(
  (page) => page.at.value !== null,
  async () => (await import("../later")).ReplayBar,
);

const LiquidationsPanel = lazy(
  (page) => page.panel.value === "liquidations",
  async () => (await import("../later")).LiquidationsPanel,
  "liquidations",
);
const SourcesPanel = lazy(
  (page) => page.panel.value === "sources",
  async () => (await import("../later")).SourcesPanel,
  "sources",
);
const LimitsPanel = lazy(
  (page) => page.panel.value === "limits",
  async () => (await import("../later")).LimitsPanel,
  "limits",
);
const WhatIfPanel = lazy(
  (page) => page.panel.value === "what-if",
  async () => (await import("../later")).WhatIfPanel,
  "what-if",
);
const StopPanel = lazy(
  (page) => page.panel.value === "stop",
  async () => (await import("../later")).StopPanel,
  "stop",
);
const SetupsPanel = lazy(
  (page) => page.panel.value === "setups",
  async () => (await import("../later")).SetupsPanel,
  "setups",
);
const ScorePanel = lazy(
  (page) => page.panel.value === "score",
  async () => (await import("../later")).ScorePanel,
  "score",
);

const Drawer = lazy(
  (page) => page.drawer.value.length > 0,
  async () => (await import("../later")).Drawer,
);
const KeysDialog = lazy(
  (page) => page.isHelpOpen.value,
  async () => (await import("../later")).KeysDialog,
);
const Guide = lazy(
  (page) => page.guide.step.value !== null,
  async () => (await import("../later")).Guide,
);
const GlossaryPopover = lazy(
  (page) => page.words.open.value !== null,
  async () => (await import("../later")).GlossaryPopover,
);

const AlertForm = lazy(
  (page) => page.alerts.draft.value !== null,
  async () => (await import("../later")).AlertForm,
);
const TwinDialog = lazy(
  (page) => page.twin.isOpen.value,
  async () => (await import("../later")).TwinDialog,
);

export function App({ page }: { readonly page: PageState }) {
  return (
    <PageContext.Provider value={page}>
      <TopBar />
      <Standing />
      <main>
        <section class="map" aria-label="Liquidation map">
          <Headline />
          <div class="maps">
            <div class="first-map">
              <Plot />
              <Strip />
            </div>
            <Beside />
          </div>
          <ReplayBar />
          <Legend />
        </section>
        <aside class="side" aria-label="Figures">
          <Tabs />
          <ClustersPanel />
          <BoardPanel />
          <LiquidationsPanel />
          <WhatIfPanel />
          <StopPanel />
          <SetupsPanel />
          <ScorePanel />
          <SourcesPanel />
          <LimitsPanel />
          <Drawer />
        </aside>
      </main>
      <Footer />
      <KeysDialog />
      <TwinDialog />
      <AlertForm />
      <Guide />
      <GlossaryPopover />
    </PageContext.Provider>
  );
}

function Footer() {
  return (
    <footer>
      <span>Levels as they stand, not a forecast.</span>
      <span>
        Charts:{" "}
        <a href="https://www.tradingview.com/" rel="noopener" target="_blank">
          TradingView
        </a>{" "}
        Lightweight Charts™, © TradingView, Inc. (<a href="assets/lightweight-charts.txt">Apache 2.0</a>)
      </span>
    </footer>
  );
}

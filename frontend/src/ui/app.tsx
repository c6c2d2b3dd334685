/** The page: what stands where. Each part takes what it shows from the one state. */

import type { PageState } from "../state/page_state";
import { BoardPanel } from "./board/board";
import { ClustersPanel } from "./clusters/panel";
import { Drawer } from "./drawer/drawer";
import { lazy } from "./lazy";
import { Headline } from "./map/headline";
import { Legend } from "./map/legend";
import { Plot } from "./map/plot";
import { Tabs } from "./side/tabs";
import { Standing } from "./standing/standing";
import { Strip } from "./strip/strip";
import { KeysDialog } from "./top/keys_dialog";
import { TopBar } from "./top/top_bar";
import { PageContext } from "./use_page";

const ReplayBar = lazy(
  (page) => page.at.value !== null,
  async () => (await import("./replay/bar")).ReplayBar,
);

const LiquidationsPanel = lazy(
  (page) => page.panel.value === "liquidations",
  async () => (await import("./liquidations/panel")).LiquidationsPanel,
);
const SourcesPanel = lazy(
  (page) => page.panel.value === "sources",
  async () => (await import("./sources/sources")).SourcesPanel,
);
const LimitsPanel = lazy(
  (page) => page.panel.value === "limits",
  async () => (await import("./limits/limits")).LimitsPanel,
);
const WhatIfPanel = lazy(
  (page) => page.panel.value === "what-if",
  async () => (await import("./what_if/panel")).WhatIfPanel,
);

const Guide = lazy(
  (page) => page.guide.step.value !== null,
  async () => (await import("./guide/guide")).Guide,
);
const GlossaryPopover = lazy(
  (page) => page.words.open.value !== null,
  async () => (await import("./glossary/popover")).GlossaryPopover,
);

export function App({ page }: { readonly page: PageState }) {
  return (
    <PageContext.Provider value={page}>
      <TopBar />
      <Standing />
      <main>
        <section class="map" aria-label="Liquidation map">
          <Headline />
          <div class="first-map">
            <Plot />
            <Strip />
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
          <SourcesPanel />
          <LimitsPanel />
          <Drawer />
        </aside>
      </main>
      <Footer />
      <KeysDialog />
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

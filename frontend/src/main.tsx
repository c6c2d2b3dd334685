/** Starts the page: the state, what keeps it, and what shows it. */

import { render } from "preact";
import { parseHash } from "./model/view_hash";
import { setCoin } from "./state/actions";
import { followClusterLink } from "./state/cluster_link";
import { keepAlerts } from "./state/loaders/alerts";
import { keepBesideClusters } from "./state/loaders/beside_clusters";
import { keepCandles } from "./state/loaders/candles";
import { keepContext } from "./state/loaders/context";
import { keepFigures } from "./state/loaders/figures";
import { keepHeat } from "./state/loaders/heat";
import { keepLiquidations } from "./state/loaders/liquidations";
import { keepCoins, keepSources } from "./state/loaders/lists";
import { keepPreparing } from "./state/loaders/preparing";
import { keepScale } from "./state/loaders/scale";
import { start } from "./state/loaders/start";
import { keepStream } from "./state/loaders/stream";
import { keepStudy } from "./state/loaders/study";
import { keepWallets } from "./state/loaders/wallets";
import { PageState } from "./state/page_state";
import { followLinks, reflect } from "./state/reflect";
import { keepReplay } from "./state/replay";
import { loadSettings } from "./state/settings";
import { listenToPresses } from "./ui/alerts/press";
import { App } from "./ui/app";
import { listenToKeys } from "./ui/keys";

const page = new PageState(parseHash(location.hash), loadSettings());
reflect(page);
followLinks(page, (coin) => setCoin(page, coin));
followClusterLink(page);
listenToKeys(page);
listenToPresses(page);
for (const keep of [
  keepStream,
  keepPreparing,
  keepCandles,
  keepScale,
  keepHeat,
  keepFigures,
  keepStudy,
  keepBesideClusters,
  keepCoins,
  keepSources,
  keepLiquidations,
  keepContext,
  keepWallets,
  keepReplay,
  keepAlerts,
]) {
  keep(page);
}
render(<App page={page} />, document.body);
void start(page);

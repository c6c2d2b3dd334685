/** How the cash of the accounts became known, in words. */

import type { MarginSource, Status } from "../api/schema";
import { percent } from "../format/usd";

const MARGIN_SOURCE_WORDS: Readonly<Record<MarginSource, string>> = {
  state: "read from the exchange",
  published: "worked out from prices it publishes",
  tracked: "followed by trades since the last reading",
  modelled: "estimated by our model",
  unknown: "unknown",
};

/** 62 % read from the exchange, 38 % estimated by our model; empty where nothing is known. */
export const marginSourceText = (share: Status["margin_source_share"]): string =>
  (Object.keys(MARGIN_SOURCE_WORDS) as MarginSource[])
    .filter((name) => share[name] > 0)
    .map((name) => `${percent(share[name])} ${MARGIN_SOURCE_WORDS[name]}`)
    .join(", ");

/** How the cash of one pool became known. */
export const sourceWords = (source: string): string => MARGIN_SOURCE_WORDS[source as MarginSource] ?? source;

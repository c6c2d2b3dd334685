/** How the cash of the accounts became known, in words. */

import type { MarginSource, Status } from "../api/schema";
import { percent } from "../format/usd";

const MARGIN_SOURCE_WORDS: Readonly<Record<MarginSource, string>> = {
  state: "from full account states",
  published: "from published prices",
  tracked: "tracked since the last state",
  modelled: "modelled",
  unknown: "unknown",
};

/** 62 % from full account states, 38 % modelled; empty where nothing is known. */
export const marginSourceText = (share: Status["margin_source_share"]): string =>
  (Object.keys(MARGIN_SOURCE_WORDS) as MarginSource[])
    .filter((name) => share[name] > 0)
    .map((name) => `${percent(share[name])} ${MARGIN_SOURCE_WORDS[name]}`)
    .join(", ");

/**
 * The words of the page: each with a short name, what it means in a sentence or two, and the document that says more.
 *
 * Plain words for a trader who sees them first, and no claim about where price goes. `docs/glossary.md`, "Words of the
 * page", has the same rows (`tests/glossary.test.ts`). Loaded when the first word is opened.
 */

export interface Word {
  readonly name: string;
  readonly text: string;
  /** A file of `docs/`, without its ending. */
  readonly document: string;
}

const word = (name: string, text: string, document: string): Word => ({ name, text, document });

export const GLOSSARY = {
  account_value: word(
    "account value",
    "The cash of an account and what its positions gained or lost. When it falls below the maintenance margin, the account is liquidated.",
    "margin",
  ),
  adl: word(
    "auto-deleveraging (ADL)",
    "When neither the order book nor the vault can take a liquidated position, the exchange closes winning positions of the other side against it.",
    "exchange",
  ),
  age: word(
    "age",
    "How long, on average, the coins of a cluster have stood at these prices. “At least” means that our record begins later than they came.",
    "clusters",
  ),
  asymmetry: word(
    "balance of both sides",
    "USD of longs that are sold by force below the price, against USD of shorts that are bought back by force above it, within the same distance.",
    "heatmap",
  ),
  backstop: word(
    "backstop (liquidator vault)",
    "The vault that takes over a position when its account value is below two thirds of the maintenance margin. The position then does not go to the order book.",
    "liquidation",
  ),
  band: word(
    "band, cell",
    "A small step of price at one time. Its colour says how many USD of positions have their liquidation price in it.",
    "heatmap",
  ),
  bankruptcy: word(
    "bankruptcy price",
    "The price at which an account has lost all of its own money. It lies beyond the liquidation price.",
    "liquidation",
  ),
  baseline: word(
    "calm times",
    "The same figure measured at times without a liquidation: what is usual, to compare with.",
    "clusters",
  ),
  branching: word(
    "chain reaction",
    "How many further USD of positions are forced out by the price move that 1 USD of forced orders makes. At 1 or more a run feeds itself.",
    "cascade",
  ),
  burst: word(
    "burst",
    "Liquidations of one side within seconds of each other. Their effect on the price cannot be told apart, so it is measured for all of them together.",
    "clusters",
  ),
  cascade_state: word(
    "cascade",
    "A run of liquidations that is larger than nearly all minutes of this coin. Its state follows a fixed rule with the figures beside it.",
    "clusters",
  ),
  cluster: word(
    "cluster",
    "Neighbouring prices where far more positions have their liquidation price than around them.",
    "clusters",
  ),
  confluence: word(
    "by structure",
    "The cluster lies just beyond a swing or a busy price, as seen from the price: within half of the usual hourly range (ATR).",
    "structure",
  ),
  coverage: word(
    "part of the market known",
    "The part of the open interest whose accounts this map has read. Levels of the rest exist, but nobody sees them here.",
    "coverage",
  ),
  crowding: word(
    "crowding",
    "How much of one side was opened within a day, what it pays for its positions (funding), and how both sides compare by USD and by accounts.",
    "structure",
  ),
  delay: word(
    "latency",
    "Time from the receipt of a message of the exchange until the figures left for all readers.",
    "operations",
  ),
  deleveraging_risk: word(
    "deleveraging risk",
    "USD that are closed against winners if a cluster is reached, as a part of the cluster, in a run of the exchange’s own rules. Above 100 % where accounts on the way count too.",
    "exchange",
  ),
  density: word(
    "density",
    "USD of positions per 0.1 % of price. The same colour means the same density at every zoom.",
    "heatmap",
  ),
  depth: word(
    "depth",
    "USD of resting orders in the order book near the price: what can take a forced order before price moves.",
    "data",
  ),
  evidence: word(
    "how a liquidation is known",
    "Marked by the exchange itself; or seen as a trade that closed a position at its level, and then confirmed or ruled out by the account's own fills.",
    "tracking",
  ),
  forced_flow: word(
    "forced sell, forced buy",
    "The order of a liquidation: a long is closed by selling, a short by buying, whatever the owner wants.",
    "liquidation",
  ),
  frame: word(
    "frame",
    "All levels of all coins at one moment, stored once a minute. The map is made of them, column by column.",
    "heatmap",
  ),
  free_margin: word(
    "margin left",
    "Account value less maintenance margin: what can be lost before liquidation.",
    "margin",
  ),
  impact: word(
    "price impact",
    "How far the price stood from where it was before a liquidation, 1, 10 and 60 seconds after it, in the direction of the forced order; 1 bp is 0.01 %.",
    "clusters",
  ),
  joint: word(
    "this coin alone, all coins move",
    "An account often holds several coins, so its level depends on all of them. Alone: only this coin's price moves. All coins move: the others follow BTC as they did before.",
    "joint",
  ),
  level: word(
    "level, liquidation price",
    "The mark price at which the exchange closes a position by force, with everything else as it is now. It moves when the owner adds margin, trades or pays funding.",
    "liquidation",
  ),
  liquidation: word(
    "liquidation",
    "The exchange closes a position because its account no longer holds the maintenance margin.",
    "liquidation",
  ),
  maintenance_margin: word(
    "maintenance margin",
    "The least account value that the exchange asks for the open positions. Below it, they are closed by force.",
    "margin",
  ),
  margin_source: word(
    "how balances became known",
    "Read from the exchange, worked out from a price that it published, followed by trades since the last reading, or only estimated by a model.",
    "margin",
  ),
  mark: word(
    "mark price",
    "The price by which the exchange values positions and decides on liquidations. It is made of several venues; a last trade alone moves no position.",
    "liquidation",
  ),
  max_pain: word(
    "max pain",
    "The 0.1 % of price near the mark at which the most USD of one side would be liquidated. A place on the map, nothing more.",
    "heatmap",
  ),
  near_coverage: word(
    "known near the price",
    "Estimated part of the USD with levels near the price that this map holds. In brackets: the range that is right in 95 of 100 cases.",
    "coverage",
  ),
  next_stop: word(
    "next stop",
    "A price past a cluster by as far as price went beyond such clusters in half, or in nine of ten, of the measured cases. With too few cases a simulation stands there, else “unknown”.",
    "stops",
  ),
  odds: word(
    "odds",
    "How often price went so far within an hour, four hours or a day from such a distance before. Nothing here says whether it does now.",
    "odds",
  ),
  open_interest: word(
    "open interest",
    "All coins held in positions of one side of a market. Every long has a short against it.",
    "data",
  ),
  overshoot: word(
    "overshoot",
    "How much further the price went because of forced orders than it would have gone without them.",
    "cascade",
  ),
  persistence: word(
    "share that stood there",
    "The part of a cluster's coins that has been at these prices for an hour, four hours, a day or three days.",
    "clusters",
  ),
  pool: word(
    "margin pool",
    "Margin that stands for certain positions together. Cross: one pool for all of an account's cross positions. Isolated: one for a single position.",
    "margin",
  ),
  power: word(
    "what could be seen at all",
    "The smallest difference that so many cases would have shown in four of five tries. A smaller one cannot be told from chance, however it looks.",
    "score",
  ),
  published_level: word(
    "level by the exchange",
    "The liquidation price that the exchange itself prints for the position, beside the one worked out here from its rules.",
    "accuracy",
  ),
  queue_place: word(
    "place in the queue",
    "Winning positions are closed in an order by profit and leverage. Place 1 is closed first; ahead of it stand the USD that go before.",
    "exchange",
  ),
  record: word(
    "record of odds",
    "Brier score: mean square of how far the odds missed, 0 is perfect. Skill: how much of the miss of a constant share they avoid. n counts windows of time that do not overlap.",
    "odds",
  ),
  recovery: word(
    "recovered",
    "Time after a liquidation until half of the move that came with it was gone.",
    "clusters",
  ),
  scorecard: word(
    "score",
    "Of levels that the mark crossed: how many were liquidated there, closed by their owners before, saved by margin, or not known any more.",
    "score",
  ),
  setup: word(
    "setup",
    "A cluster with the evidence found around it: structure, funding, open interest, crowding, cascade. Its record says what followed such combinations, or that there are not enough.",
    "structure",
  ),
  simulated: word(
    "SIMULATED",
    "No real account stands behind these figures: they come from a made-up market or from a run of assumptions.",
    "sandbox",
  ),
  slippage: word("slippage", "How much worse than the price before it a forced order was filled.", "cascade"),
  state: word(
    "LIVE, STALE, STORED",
    "LIVE: figures follow the exchange now. STALE: they stand still, and since when is said. STORED: history that nobody keeps up to date.",
    "operations",
  ),
  sweep: word(
    "sweep",
    "The price went into a cluster. Swept is the part of its coins that was liquidated meanwhile; the rest still stands or left.",
    "clusters",
  ),
  trade_size: word(
    "size for a loss",
    "Coins of a trade that lose the given sum at its stop: the sum divided by what a coin loses from entry to stop, with both fees and the slippage of the stop.",
    "stops",
  ),
  vault: word(
    "vault",
    "An account that trades the money of many owners. Its position can be far larger than any other at that price.",
    "tracking",
  ),
  whale: word(
    "whale",
    "A cluster of which one account holds at least half, and $100k or more: what that account does decides what happens there.",
    "clusters",
  ),
} as const satisfies Readonly<Record<string, Word>>;

export type WordName = keyof typeof GLOSSARY;

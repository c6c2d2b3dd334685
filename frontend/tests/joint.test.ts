import assert from "node:assert/strict";
import { test } from "node:test";
import type { JointNote } from "../src/api/schema";
import { jointText, spreadOf } from "../src/model/joint";
import { DEFAULT_VIEW, formatHash, parseHash } from "../src/model/view_hash";

const spread = {
  band: [0, 1, 2, 3],
  price_low: [100, 101, 102, 103],
  side: [1, 1, 1, -1],
  joint_size: [10, 20, 0, 7],
  shift_percent: [6, 0, null, null],
  solo_size: [10, 30, 5, 0],
  moved_size: [10, 0, 5, 0],
  lost_size: [0, 10, 5, 0],
  spread_percent: [6, 0, null, null],
};
const note: JointNote = {
  direction: "nearest",
  beta: 1.26,
  beta_up: 1.4,
  beta_source: "default",
  betas_origin: "4 coins estimated from candles of Binance",
  spread,
};

test("the mean distance counts coins with both levels, and the lost ones apart", () => {
  // (10 * 6 + 20 * 0) / 30, and 15 of 45 lost
  assert.deepEqual(spreadOf(spread), { percent: 2, lostShare: 15 / 45 });
  assert.equal(spreadOf(null), null);
  assert.equal(spreadOf({ solo_size: [1], moved_size: [1], lost_size: [1], spread_percent: [null] }), null);
});

test("the words name the betas' source, what stays solo, and the distance", () => {
  const text = jointText("XRP", note).join(" ");
  assert.match(text, /all coins move with BTC/);
  assert.match(text, /heatmap, the balance and the tooltip stay solo/);
  assert.match(text, /Beta of XRP: 1\.26 when BTC falls, 1\.40 when it rises \(no prices of its own: the default\)/);
  assert.match(text, /Betas: 4 coins estimated from candles of Binance/);
  assert.match(text, /2\.00 % from their solo place/);
  assert.match(text, /33\.3 % of the coins have none/);
});

test("BTC has no beta to itself, and without a spread nothing is said of it", () => {
  const text = jointText("BTC", { ...note, spread: null }).join(" ");
  assert.doesNotMatch(text, /Beta of/);
  assert.doesNotMatch(text, /on average/);
});

test("a link carries the levels, and an unknown word is ignored", () => {
  assert.equal(parseHash("#ETH&levels=joint").levels, "joint");
  assert.equal(parseHash("#ETH&levels=both").levels, "solo");
  assert.equal(formatHash({ ...DEFAULT_VIEW, coin: "ETH", levels: "joint" }), "#ETH&levels=joint");
  assert.equal(formatHash(parseHash("#ETH")), "#ETH");
});

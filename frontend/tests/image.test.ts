import assert from "node:assert/strict";
import { test } from "node:test";
import { freshness, type StandingView } from "../src/model/freshness";
import { type Measure, planImage } from "../src/model/image_plan";
import { type ImageFacts, imageName, imageWords, stateWords } from "../src/model/image_words";

const AT = Date.UTC(2026, 10, 29, 19, 34, 12);
const FACTS: ImageFacts = {
  coin: "BTC",
  price: 91_234.5,
  asOfMs: AT,
  clock: "utc",
  source: "a made-up market",
  isSimulated: true,
  kind: "simulation",
  fresh: "recorded, not live",
  densities: [126_000, 430_000, 1_470_000],
  threshold: 126_000,
  mode: "both",
  areSidesApart: true,
  isJoint: false,
  candles: null,
  isLate: false,
};
/** Letters of half their size. */
const measure: Measure = (text, size) => text.length * size * 0.5;

test("a picture says coin, price, time, state, colours, threshold and source", () => {
  const words = imageWords(FACTS);
  assert.equal(words.price, "91,234.5 USD at 29 Nov 2026 19:34 UTC");
  assert.equal(words.legend, "USD per 0.1 % of price: longs above, shorts below");
  assert.deepEqual(words.ticks, ["$126k", "$430k", "$1.47M and more"]);
  assert.ok(words.state.startsWith("SIMULATED"));
  const notes = words.notes.join("; ");
  for (const said of ["hidden below $126k per 0.1 %", "source: a made-up market", "times of the chart: UTC"]) {
    assert.ok(notes.includes(said), said);
  }
});

test("what is not known is said and not shown as zero", () => {
  const words = imageWords({ ...FACTS, price: null, asOfMs: null, densities: null, threshold: 0 });
  assert.equal(words.price, "price unknown, time unknown");
  assert.deepEqual(words.ticks, []);
  assert.ok(!words.notes.join().includes("hidden"));
  assert.ok(imageWords({ ...FACTS, isLate: true }).notes.includes("the map was still loading"));
});

test("the state of a picture is the one of the standing line", () => {
  const status = { is_live: false, feed_state: "stored", is_time_held: false } as StandingView["status"];
  const view = { status, coinCoverage: null, coinDoubt: [], coin: "BTC", stream: "live", sources: null } as const;
  const fresh = (more: Partial<StandingView>) => freshness({ ...view, heardMs: AT, nowMs: AT, ...more }).text;
  const live = { ...status, is_live: true, feed_state: "live" } as StandingView["status"];
  const of = (text: string, isSimulated = false) => stateWords({ isSimulated, kind: "live", fresh: text });
  assert.equal(of(fresh({ status: live })), "LIVE");
  assert.ok(of(fresh({})).includes("STORED, not live"));
  assert.ok(of(fresh({ atMs: AT }), true).includes("REPLAY, 29 Nov 2026 19:34 UTC"));
  assert.ok(of(fresh({ status: live, coinDoubt: ["a gap"] })).includes("IN DOUBT, not live: a gap"));
  assert.ok(of(fresh({ status: live }), true).startsWith("SIMULATED"));
});

test("a file is named by coin and time, in letters that every system takes", () => {
  assert.equal(imageName("BTC", AT), "liqscape-BTC-2026-11-29T1934Z.png");
  assert.equal(imageName("xyz:A/../B", AT), "liqscape-xyz-A-B-2026-11-29T1934Z.png");
  assert.equal(imageName("BTC", null), "liqscape-BTC-time-unknown.png");
});

for (const width of [280, 360, 900, 2_560]) {
  test(`texts of a picture ${width} pixels wide stand in it, beside each other and off the map`, () => {
    const plan = planImage(imageWords({ ...FACTS, isJoint: true, isLate: true }), width, 400, measure);
    const boxes = plan.texts.map(({ text, x, y, size, isStrong }) => {
      return { text, left: x, right: x + measure(text, size, isStrong), top: y - size / 2, bottom: y + size / 2 };
    });
    for (const [index, box] of boxes.entries()) {
      assert.ok(box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= plan.height, box.text);
      assert.ok(box.bottom <= plan.map.y || box.top >= plan.map.y + plan.map.height, box.text);
      for (const other of boxes.slice(index + 1)) {
        const isApart =
          box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top;
        assert.ok(isApart, `${box.text} | ${other.text}`);
      }
    }
    const said = plan.texts.map(({ text }) => text).join(" ");
    assert.ok(said.includes("source: a made-up market") && said.includes("liqscape"));
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Alert, Delivery, RuleRow, TrialAnswer } from "../src/api/alerts";
import type { Cluster } from "../src/api/schema";
import {
  type AlertSubject,
  FIRST_TERMS,
  firstTyped,
  KINDS,
  kindsOf,
  ruleOf,
  subjectText,
} from "../src/model/alert_rules";
import {
  afterText,
  bareRule,
  deliveryText,
  firedFacts,
  ruleFacts,
  ruleName,
  ruleText,
  summaryText,
  trialText,
} from "../src/model/alert_text";

const cluster = { cluster_id: "BTC-long-1-2", side: 1, notional: 1_234_567, price_peak: 84_000 } as Cluster;
const ofCluster: AlertSubject = { kind: "cluster", coin: "BTC", cluster, price: 84_100 };
const level: AlertSubject = { kind: "level", coin: "BTC", price: 84_000.123 };
const account: AlertSubject = { kind: "account", address: `0x${"ab".repeat(20)}` };

test("a rule holds what was pointed at and what was typed, and no field that its kind has not", () => {
  assert.deepEqual(ruleOf(level, "near_level", { price: "84,000", percent: "2" }, FIRST_TERMS), {
    kind: "near_level",
    coin: "BTC",
    price: 84_000,
    percent: 2,
    sound: true,
    destinations: [],
  });
  assert.deepEqual(ruleOf(ofCluster, "near_cluster", { percent: "1", price: "9" }, FIRST_TERMS), {
    kind: "near_cluster",
    coin: "BTC",
    side: "long",
    cluster_id: "BTC-long-1-2",
    percent: 1,
    sound: true,
    destinations: [],
  });
  const swept = ruleOf(ofCluster, "cluster_swept", { min_usd: "" }, FIRST_TERMS);
  assert.ok(typeof swept !== "string" && !("cluster_id" in swept) && !("min_usd" in swept) && swept.side === "long");
  const touched = ruleOf(ofCluster, "level_touched", firstTyped(ofCluster), FIRST_TERMS);
  assert.ok(typeof touched !== "string" && touched.price === 84_100 && !("side" in touched) && !("percent" in touched));
  const near = ruleOf(account, "account_near", { percent: "1" }, FIRST_TERMS);
  assert.ok(typeof near !== "string" && near.address === account.address && !("coin" in near));
  const terms = { ...FIRST_TERMS, name: " low ", isOnce: true, coolDownMinutes: "30", quietHours: "22:00-07:00" };
  const rule = ruleOf({ kind: "map", coin: "BTC", price: null }, "stale", { minutes: "5" }, terms);
  assert.deepEqual(rule, {
    kind: "stale",
    minutes: 5,
    name: "low",
    once: true,
    cool_down_minutes: 30,
    quiet_hours: "22:00-07:00",
    sound: true,
    destinations: [],
  });
});

test("a rule about known stops says that they are known, of which side and from how much", () => {
  const map: AlertSubject = { kind: "map", coin: "BTC", price: null };
  const rule = ruleOf(map, "near_stops", { percent: "1.5", min_usd: "1,000,000", side: "short" }, FIRST_TERMS);
  assert.ok(typeof rule !== "string");
  assert.equal(ruleText(rule), "BTC: mark within 1.5 % of known stops of shorts from $1.000M");
  const any = ruleOf(map, "near_stops", { percent: "1", min_usd: "", side: "" }, FIRST_TERMS);
  assert.ok(typeof any !== "string" && !("side" in any) && !("min_usd" in any));
  assert.equal(ruleText(any), "BTC: mark within 1 % of known stops");
});

test("what is no rule is said in a sentence", () => {
  assert.equal(ruleOf(level, "near_level", { price: "x", percent: "1" }, FIRST_TERMS), "price, USD: “x” is no number.");
  assert.equal(ruleOf(level, "near_level", { price: "1", percent: " " }, FIRST_TERMS), "within, %: nothing is given.");
  assert.equal(ruleOf(level, "funding", {}, FIRST_TERMS), "Give a bound above or below.");
  assert.match(String(ruleOf(level, "level_touched", { price: "1" }, { ...FIRST_TERMS, coolDownMinutes: "z" })), /“z”/);
});

test("each subject has kinds, and a cluster without an identity is not followed as it grows", () => {
  for (const subject of [level, ofCluster, account, { kind: "map", coin: "BTC", price: 1 } as const]) {
    assert.ok(kindsOf(subject).length > 0);
    for (const kind of kindsOf(subject)) {
      const typed = { ...firstTyped(subject), above: "1", below: "0.5", price: "1" };
      const rule = ruleOf(subject, kind, typed, FIRST_TERMS);
      assert.ok(KINDS[kind] !== undefined && typeof rule !== "string", kind);
      assert.doesNotMatch(ruleText(rule), /undefined|null|NaN/);
    }
  }
  assert.ok(!kindsOf({ ...ofCluster, cluster: { ...cluster, cluster_id: null } }).includes("cluster_grown"));
  assert.equal(subjectText(ofCluster), "BTC longs, $1.235M near 84,000.0");
});

test("a rule says how it stands, and goes back without that", () => {
  const row: RuleRow = { rule_id: "near", kind: "near_level", coin: "BTC", price: 84_000, percent: 1 };
  assert.equal(ruleName(row), "BTC: mark within 1 % of 84,000.0");
  assert.equal(ruleFacts(row, 0), "never fired");
  const fired = { ...row, fired_count: 2, last_fired_ms: 0, held_back_count: 1, destinations: ["mail"], once: true };
  assert.equal(ruleFacts(fired, 240_000), "fired 2 times, last 4 min ago; 1 held back; once, then off; to mail");
  const bare = bareRule({ ...fired, trouble: null, side: null });
  assert.deepEqual(bare, { ...row, destinations: ["mail"], once: true });
});

test("what fired says its age and why it was late or not sent", () => {
  const alert = { at_ms: 0, is_late: true, is_quiet: true, provenance: { is_simulated: true } } as Alert;
  const said = firedFacts(alert, 60_000);
  assert.match(said, /^60 s ago, 1 Jan 1970 00:00 UTC; told late: .*; in quiet hours: not sent; SIMULATED$/);
});

test("a trial says how often, and what came after beside any minute; unknown is said", () => {
  const answer = { count: 0, minutes: 4_320, start_ms: 0, end_ms: 60_000 } as TrialAnswer;
  assert.match(trialText(answer), /^It would not have fired in 4,320 stored minutes, 1 Jan/);
  assert.match(trialText({ ...answer, count: 3 }), /^It would have fired 3 times/);
  assert.equal(afterText({ horizon: "5m", change_percent: null, highest_percent: 1, lowest_percent: null }), "unknown");
  const baseline = { n: 4_000, median_change_percent: 0, median_abs_change_percent: 0.1, median_range_percent: 0.2 };
  const row = { horizon: "1h", n: 3, median_change_percent: 0, median_range_percent: null, baseline } as const;
  assert.match(summaryText(row), /through unknown at the median of 3; .* 0.2 %, n = 4,000\.$/);
});

test("a destination says what waits and why it is not reached", () => {
  const row: Delivery = {
    destination: "mail",
    kind: null,
    waiting: 1,
    delivered: 2,
    failed: 0,
    oldest_age_ms: 240_000,
    last_reason: "refused",
  };
  assert.equal(
    deliveryText(row),
    "mail: 2 delivered; 1 waits, the oldest for 4 min; not in the file any more; refused",
  );
  assert.equal(
    deliveryText({ ...row, kind: "webhook", waiting: 0, oldest_age_ms: null, last_reason: null }),
    "mail: 2 delivered; nothing waits",
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cluster, ClustersAnswer } from "../src/api/schema";
import { csvName, csvText, csvTime } from "../src/format/csv";
import { clustersCsv } from "../src/model/csv_tables";

/** A reader by the rules of RFC 4180, a character at a time. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let [cell, isQuoted] = ["", false];
  const last = (): string[] => rows[rows.length - 1] as string[];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted && sign === '"' && text[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (!isQuoted && sign === ",") {
      last().push(cell);
      cell = "";
    } else if (!isQuoted && sign === "\r" && text[at + 1] === "\n") {
      last().push(cell);
      rows.push([]);
      cell = "";
      at += 1;
    } else cell += sign;
  }
  assert.equal(cell, "");
  assert.equal(isQuoted, false);
  assert.deepEqual(rows.pop(), []);
  return rows;
}

test("what is written is read again, with commas, quotes, lines and spaces in it", () => {
  const cells = ["plain", "a,b", 'say "no"', "two\r\nlines", "two\nlines", " led", "trailing ", "", "ü€"];
  assert.deepEqual(readCsv(csvText({ columns: ["x,y", "z"], rows: [cells] })), [["x,y", "z"], cells]);
  assert.equal(csvText({ columns: ["a"], rows: [] }), "a\r\n");
});

test("numbers are not formatted, and unknown is empty and not zero", () => {
  const rows = [[1234567.891, -0.00123, 1e21, 0, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, false]];
  assert.equal(csvText({ columns: ["n"], rows }), "n\r\n1234567.891,-0.00123,1e+21,0,,,,,false\r\n");
});

test("text that a spreadsheet would run is text, a negative number stays one", () => {
  for (const evil of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0"]) {
    const [, [cell] = []] = readCsv(csvText({ columns: ["t"], rows: [[evil]] }));
    assert.equal(cell, `'${evil}`);
  }
  assert.equal(csvText({ columns: ["n"], rows: [[-1]] }), "n\r\n-1\r\n");
  assert.equal(csvText({ columns: ["=x"], rows: [] }), "'=x\r\n");
});

test("a file name holds no sign that a system refuses", () => {
  const time = Date.UTC(2026, 10, 29, 19, 34, 0);
  assert.equal(csvName(["BTC", "clusters"], time), "liqscape_BTC_clusters_2026-11-29T19-34-00Z.csv");
  for (const coin of ["xyz:TSLA", "../../etc/passwd", 'a"<>|?*\\b', "x".repeat(500), "@107"]) {
    const name = csvName([coin], time);
    assert.match(name, /^liqscape_[A-Za-z0-9._-]+\.csv$/);
    assert.ok(!name.includes("..") && name.length < 140);
  }
});

test("times are of UTC, to the millisecond", () => {
  assert.equal(csvTime(0), "1970-01-01T00:00:00.000Z");
  assert.equal(csvTime(null), null);
});

test("clusters are saved as listed, each with source, simulation and time", () => {
  const row = {
    side: -1,
    price_peak: 61_000.5,
    notional: 12_345.678,
    distance_percent: -3.25,
    cluster_id: null,
  } as Cluster;
  const answer = {
    coin: "BTC",
    as_of_ms: 1_000,
    mark: 60_000,
    provenance: { kind: "sandbox", name: "seed 7, made up", is_simulated: true },
  } as ClustersAnswer;
  const file = clustersCsv(answer, [row, row], null);
  const [columns = [], first = [], ...rest] = readCsv(file.text);
  assert.equal(rest.length, 1);
  const told = Object.fromEntries(columns.map((name, place) => [name, first[place]]));
  assert.equal(told.side, "short");
  assert.equal(told.notional_usd, "12345.678");
  assert.equal(told.distance_percent, "-3.25");
  assert.equal(told.swept_fraction, "");
  assert.equal(told.as_of_utc, "1970-01-01T00:00:01.000Z");
  assert.equal(told.source, "sandbox seed 7, made up");
  assert.equal(told.is_simulated, "true");
  assert.ok(columns.every((name) => /^[a-z0-9_]+$/.test(name)));
});

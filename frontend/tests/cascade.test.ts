/** Lines of a stream. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Lines } from "../src/api/cascade";

test("lines come out whole however the text is cut", () => {
  const text = '{"a":1}\n{"b":2}\n';
  for (let cut = 0; cut <= text.length; cut += 1) {
    const lines = new Lines();
    assert.deepEqual([...lines.push(text.slice(0, cut)), ...lines.push(text.slice(cut))], ['{"a":1}', '{"b":2}']);
  }
});

test("an unfinished line waits", () => {
  const lines = new Lines();
  assert.deepEqual(lines.push('{"a"'), []);
  assert.deepEqual(lines.push(":1}"), []);
  assert.deepEqual(lines.push("\n"), ['{"a":1}']);
});

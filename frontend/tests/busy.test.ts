import assert from "node:assert/strict";
import { test } from "node:test";
import { askUntilRoom, BusyCount, waitMs } from "../src/api/busy";

const answers = (...statuses: number[]) => {
  const asked = { times: 0 };
  const ask = async (): Promise<Response> => {
    const status = statuses[Math.min(asked.times, statuses.length - 1)] as number;
    asked.times += 1;
    return new Response("", { status, headers: status === 503 ? { "Retry-After": "2" } : {} });
  };
  return { asked, ask };
};

const watched = () => {
  const count = new BusyCount();
  const said: boolean[] = [];
  count.listen((isBusy) => said.push(isBusy));
  return { count, said };
};

test("a busy server is asked again after what it says, and the page says so meanwhile", async () => {
  const { asked, ask } = answers(503, 503, 200);
  const { count, said } = watched();
  const waits: number[] = [];
  const response = await askUntilRoom(ask, undefined, count, async (ms) => {
    waits.push(ms);
    assert.deepEqual(said, [true]);
  });
  assert.equal(response.status, 200);
  assert.equal(asked.times, 3);
  assert.deepEqual(said, [true, false]);
  assert.ok(waits.length === 2 && waits.every((ms) => ms >= 2_000 && ms <= 3_000));
});

test("other answers are handed on at once", async () => {
  for (const status of [200, 400, 404, 500]) {
    const { asked, ask } = answers(status);
    const { count, said } = watched();
    assert.equal((await askUntilRoom(ask, undefined, count)).status, status);
    assert.equal(asked.times, 1);
    assert.deepEqual(said, []);
  }
});

test("a server that stays busy is told of in the end", async () => {
  const { asked, ask } = answers(503);
  const { count, said } = watched();
  assert.equal((await askUntilRoom(ask, undefined, count, async () => {})).status, 503);
  assert.equal(asked.times, 40);
  assert.deepEqual(said, [true, false]);
});

test("a question that is replaced is not asked again", async () => {
  const { asked, ask } = answers(503);
  const { count, said } = watched();
  const request = new AbortController();
  const asking = askUntilRoom(ask, request.signal, count);
  setTimeout(() => request.abort(), 0);
  await assert.rejects(asking, { name: "AbortError" });
  assert.equal(asked.times, 1);
  assert.deepEqual(said, [true, false]);
});

test("two questions that wait are one notice until both are answered", () => {
  const { count, said } = watched();
  count.change(1);
  count.change(1);
  count.change(-1);
  count.change(-1);
  assert.deepEqual(said, [true, true, true, false]);
});

test("the wait is the server's seconds, spread, and bounded", () => {
  assert.deepEqual(
    [waitMs("4", 0), waitMs("4", 1), waitMs(null, 0), waitMs("soon", 0), waitMs("9999", 0)],
    [4_000, 6_000, 2_000, 2_000, 60_000],
  );
});

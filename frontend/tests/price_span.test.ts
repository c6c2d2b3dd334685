import assert from "node:assert/strict";
import test from "node:test";
import { HIGHEST_PRICE, LOWEST_PRICE, movedSpan, spanWith, withMass } from "../src/model/price_span";
import { cutsOf } from "../src/primitives/heatmap/primitive";

const PRICES = Array.from({ length: 13 }, (_, index) => 10 ** (index - 6));
const near = (a: number, b: number) => assert.ok(Math.abs(a / b - 1) < 1e-9, `${a} is not ${b}`);

test("a move is the same part of the span at every price, and there and back is nowhere", () => {
  for (const price of PRICES) {
    const span = { low: price * 0.9, high: price * 1.2 };
    const moved = movedSpan(span, 0.12);
    near(Math.log(moved.low / span.low), 0.12 * Math.log(1.2 / 0.9));
    near(moved.high / moved.low, span.high / span.low);
    near(movedSpan(moved, -0.12).low, span.low);
  }
});

test("a span widens only to the side of what is wanted, and takes it in with room", () => {
  for (const price of PRICES) {
    const span = { low: price * 0.9, high: price * 1.1 };
    const wide = spanWith(span, { low: price * 0.2, high: price * 0.3 });
    assert.ok(wide.low < price * 0.2);
    assert.equal(wide.high, span.high);
    assert.deepEqual(spanWith(span, { low: price * 0.95, high: price }), span);
  }
});

test("no span leaves what a scale can tell apart", () => {
  const wide = spanWith({ low: 1e-12, high: 1e14 }, { low: 1.1e-13, high: 9e14 });
  assert.equal(wide.low, LOWEST_PRICE);
  assert.equal(wide.high, HIGHEST_PRICE);
});

test("a texture is drawn in one piece where the scale is straight and in slices where it bends", () => {
  assert.deepEqual(
    cutsOf(100, (row) => 3 * row),
    [
      { row: 0, y: 0 },
      { row: 100, y: 300 },
    ],
  );
  const bent = cutsOf(100, (row) => row * row) ?? [];
  assert.ok(bent.length > 10);
  for (const { row, y } of bent) assert.equal(y, row * row);
  assert.equal(
    cutsOf(100, (row) => (row > 50 ? null : row)),
    null,
  );
  assert.deepEqual(
    cutsOf(1, (row) => row),
    [
      { row: 0, y: 0 },
      { row: 1, y: 1 },
    ],
  );
});

test("the scale shows the mass of levels beside the candles, and never makes the candles less than a fifth", () => {
  const candles = { low: 100, high: 110 };
  const span = Math.log(1.1);
  const wide = withMass(candles, { low: 20, high: 500 });
  assert.ok(Math.abs(Math.log(wide.high / wide.low) - 5 * span) < 1e-9);
  const near = withMass(candles, { low: 95, high: 112 });
  assert.ok(Math.abs(near.low - 95) < 1e-9);
  assert.ok(near.high > 112, "some room stays above the candles");
  const unknown = withMass(candles, null);
  assert.ok(Math.abs(Math.log(unknown.high / candles.high) - span) < 1e-9);
  const flat = withMass({ low: 100, high: 100 }, null);
  assert.ok(flat.high > 101 && flat.low < 99);
});

/** Prices that a logarithmic axis names, and with how many digits a price is said where it stands. */

/** Digits of a price that the exchange takes (HL.DOC.TICK_AND_LOT), and its most decimals; whole numbers always stand. */
const TICK_DIGITS = 5;
const TICK_DECIMALS = 6;
/** Digits that are read at a glance. */
const SHOWN_DIGITS = 4;
/** Above this ratio of highest to lowest price a step that suits the top would crowd the bottom with nothing. */
const WIDE = 3;
const STEPS = [1, 2, 5] as const;
/** Of one decade, densest first, with the smallest ratio of two that follow each other. */
const LADDERS: readonly (readonly number[])[] = [
  [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 5],
  [1, 3],
  [1],
];

export interface PriceTicks {
  readonly prices: readonly number[];
  /** Power of ten of the last digit that is said; null: each price as many as it has. */
  readonly exponent: number | null;
  /** The smallest difference of two prices, USD. */
  readonly step: number;
}

/** Power of ten of the smallest step of a coin at this price: 84,523 -> 0, 3.2154 -> -4, 0.003863 -> -6. */
export function tickExponent(price: number): number {
  const first = firstDigit(price);
  const byDigits = first - TICK_DIGITS + 1;
  // A price of which six decimals leave less than four digits is not the exchange's: then four stay.
  const byDecimals = Math.min(-TICK_DECIMALS, first - SHOWN_DIGITS + 1);
  return Math.min(Math.max(byDigits, byDecimals), 0);
}

/** To the coin's tick. */
export function toTick(price: number): number {
  const exponent = tickExponent(price);
  return Number(`${Math.round(Number(`${price}e${-exponent}`))}e${exponent}`);
}

/** Power of ten of the last digit worth saying: four digits, one more where a pixel is less than that; never below the tick. */
export function shownExponent(price: number, perPixel: number): number {
  const tick = tickExponent(price);
  const shown = Math.max(firstDigit(price) - SHOWN_DIGITS + 1, tick);
  return shown > tick && 10 ** shown > 2 * perPixel ? shown - 1 : shown;
}

/**
 * Prices between `low` and `high`, at least `gap` pixels of `height` apart on a logarithmic scale: multiples of one step
 * (1, 2 or 5 times a power of ten, at least the coin's tick), or where the scale spans more than a factor of three the same
 * digits in each power of ten.
 */
export function priceTicks(low: number, high: number, height: number, gap: number): PriceTicks {
  if (!(low > 0 && high > low && height > gap && gap > 0)) return { prices: [], exponent: null, step: 1 };
  const ratio = Math.exp((gap * Math.log(high / low)) / height);
  return high / low > WIDE ? ladder(low, high, ratio) : evenSteps(low, high, high * (1 - 1 / ratio));
}

function evenSteps(low: number, high: number, least: number): PriceTicks {
  let power = Math.floor(Math.log10(least));
  let factor: number = STEPS.find((each) => each * 10 ** power >= least * (1 - 1e-9)) ?? 10;
  const tick = tickExponent(low);
  if (factor === 10) [factor, power] = [1, power + 1];
  if (power < tick) [factor, power] = [1, tick];
  const step = decimal(factor, power);
  const prices: number[] = [];
  for (let count = Math.ceil(low / step - 1e-9); count * step <= high * (1 + 1e-12); count += 1) {
    prices.push(decimal(count * factor, power));
  }
  return { prices, exponent: power, step };
}

function ladder(low: number, high: number, ratio: number): PriceTicks {
  const digits = LADDERS.find((each) => smallestRatio(each) >= ratio) ?? [1];
  // Beyond a tick in every power of ten: one in every second, third …
  const stride = Math.max(Math.ceil(Math.log10(ratio) - 1e-9), 1);
  const prices: number[] = [];
  for (let power = firstDigit(low); power <= firstDigit(high); power += 1) {
    if (power % stride !== 0) continue;
    for (const digit of digits) {
      const price = decimal(digit * 10, power - 1);
      if (price >= low && price <= high) prices.push(price);
    }
  }
  const gaps = prices.slice(1).map((price, index) => price - (prices[index] as number));
  return { prices, exponent: null, step: Math.min(...gaps, high) };
}

function smallestRatio(digits: readonly number[]): number {
  return Math.min(...digits.map((digit, index) => (digits[index + 1] ?? 10) / digit));
}

/** Power of ten of the first digit; powers of ten themselves are not off by one. */
function firstDigit(price: number): number {
  return price > 0 ? Math.floor(Math.log10(price) + 1e-12) : 0;
}

/** As decimal text reads it, so that 3 * 10^-1 is 0.3. */
const decimal = (digits: number, power: number): number => Number(`${Math.round(digits)}e${power}`);

/**
 * Colour tables of 256 entries. Stops are given in OKLCh (perceived lightness, chroma, hue) and interpolated in OKLab,
 * so that lightness is monotone in the value: on dark ground more USD is lighter, on light ground it is darker. The
 * first entry already stands out from the ground.
 * OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
 */

export const SIZE = 256;

export type Theme = "dark" | "light";
export type PaletteName = "thermal" | "sides" | "safe" | "grey";
export const PALETTES: Readonly<Record<PaletteName, string>> = {
  thermal: "Cool to hot",
  sides: "Two sides",
  safe: "Colour-blind safe",
  grey: "Greyscale",
};

/** A table; `sides` has two, "long" and "short", and is the first of them where one alone is asked for. */
export type TableName = PaletteName | "long" | "short";

/** Lightness 0..1, chroma, hue in degrees. */
type Stop = readonly [number, number, number];

const STOPS: Readonly<Record<Exclude<TableName, "sides">, Readonly<Record<Theme, readonly Stop[]>>>> = {
  // Blue over violet and rose to yellow. Never white: that is the price.
  thermal: {
    dark: [
      [0.37, 0.12, 262],
      [0.46, 0.155, 263],
      [0.55, 0.18, 290],
      [0.64, 0.21, 345],
      [0.73, 0.18, 30],
      [0.84, 0.165, 75],
      [0.95, 0.13, 103],
    ],
    light: [
      [0.84, 0.075, 250],
      [0.74, 0.12, 262],
      [0.64, 0.17, 300],
      [0.56, 0.2, 350],
      [0.49, 0.19, 12],
      [0.41, 0.16, 28],
      [0.32, 0.12, 32],
    ],
  },
  // Blue to yellow through grey: the one axis that the common colour blindnesses keep.
  safe: {
    dark: [
      [0.38, 0.08, 262],
      [0.48, 0.09, 260],
      [0.6, 0.03, 250],
      [0.76, 0.1, 98],
      [0.95, 0.15, 102],
    ],
    light: [
      [0.85, 0.12, 98],
      [0.75, 0.12, 95],
      [0.6, 0.04, 110],
      [0.45, 0.08, 258],
      [0.28, 0.1, 262],
    ],
  },
  grey: {
    dark: [
      [0.37, 0, 0],
      [0.95, 0, 0],
    ],
    light: [
      [0.84, 0, 0],
      [0.2, 0, 0],
    ],
  },
  // Teal that leans to blue and rose that leans to orange: what is left of them without red or green cones is blue
  // against yellow. Equal in lightness, so that an amount looks the same on both sides.
  long: {
    dark: [
      [0.4, 0.07, 208],
      [0.55, 0.095, 203],
      [0.74, 0.125, 198],
      [0.92, 0.085, 198],
    ],
    light: [
      [0.84, 0.075, 205],
      [0.67, 0.11, 205],
      [0.5, 0.085, 208],
      [0.32, 0.055, 212],
    ],
  },
  short: {
    dark: [
      [0.4, 0.14, 18],
      [0.54, 0.19, 17],
      [0.72, 0.17, 24],
      [0.9, 0.075, 48],
    ],
    light: [
      [0.84, 0.09, 30],
      [0.67, 0.17, 22],
      [0.5, 0.18, 22],
      [0.32, 0.12, 25],
    ],
  },
};

/** RGBA bytes of a table, 256 entries. */
export function colourTable(name: TableName, theme: Theme): Uint8ClampedArray {
  const stops = STOPS[name === "sides" ? "long" : name][theme].map(toLab);
  const table = new Uint8ClampedArray(SIZE * 4);
  for (let entry = 0; entry < SIZE; entry += 1) {
    const share = entry / (SIZE - 1);
    const place = share * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const part = place - low;
    const from = stops[low] as Lab;
    const to = stops[low + 1] as Lab;
    const mix = from.map((value, index) => value + ((to[index] as number) - value) * part) as unknown as Lab;
    table.set([...toBytes(mix), 255], entry * 4);
  }
  return table;
}

type Lab = readonly [number, number, number];

function toLab([lightness, chroma, hue]: Stop): Lab {
  const angle = (hue * Math.PI) / 180;
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)];
}

function toBytes([lightness, a, b]: Lab): [number, number, number] {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    encode(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
}

/** Linear light to an sRGB byte. */
function encode(value: number): number {
  const clipped = Math.min(Math.max(value, 0), 1);
  const curved = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(curved * 255);
}

/**
 * Colour tables of 256 entries. Stops are given in OKLCh (perceived lightness, chroma, hue) and interpolated in OKLab,
 * so that lightness is monotone in the value: on dark ground more USD is lighter, on light ground it is darker.
 * OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
 */

export const SIZE = 256;

export type Theme = "dark" | "light";
export type PaletteName = "thermal" | "safe" | "grey";
export const PALETTES: Readonly<Record<PaletteName, string>> = {
  thermal: "Cool to hot",
  safe: "Colour-blind safe",
  grey: "Greyscale",
};

/** Lightness 0..1, chroma, hue in degrees. */
type Stop = readonly [number, number, number];

const STOPS: Readonly<Record<PaletteName | "long" | "short", Readonly<Record<Theme, readonly Stop[]>>>> = {
  thermal: {
    dark: [
      [0.3, 0.1, 268],
      [0.42, 0.16, 264],
      [0.55, 0.12, 235],
      [0.7, 0.13, 195],
      [0.8, 0.18, 145],
      [0.89, 0.18, 105],
      [0.97, 0.06, 92],
    ],
    light: [
      [0.94, 0.02, 240],
      [0.82, 0.08, 235],
      [0.73, 0.11, 195],
      [0.66, 0.15, 145],
      [0.6, 0.14, 75],
      [0.48, 0.17, 40],
      [0.3, 0.12, 25],
    ],
  },
  // Blue to yellow through grey: the one axis that the common colour blindnesses keep.
  safe: {
    dark: [
      [0.3, 0.07, 262],
      [0.42, 0.08, 260],
      [0.55, 0.03, 250],
      [0.72, 0.08, 98],
      [0.94, 0.15, 100],
    ],
    light: [
      [0.94, 0.05, 100],
      [0.8, 0.11, 95],
      [0.64, 0.04, 110],
      [0.46, 0.08, 258],
      [0.28, 0.1, 262],
    ],
  },
  grey: {
    dark: [
      [0.3, 0, 0],
      [0.97, 0, 0],
    ],
    light: [
      [0.94, 0, 0],
      [0.2, 0, 0],
    ],
  },
  long: {
    dark: [
      [0.3, 0.04, 200],
      [0.5, 0.09, 190],
      [0.78, 0.14, 178],
      [0.96, 0.08, 165],
    ],
    light: [
      [0.94, 0.02, 185],
      [0.72, 0.11, 185],
      [0.5, 0.09, 190],
      [0.3, 0.06, 200],
    ],
  },
  short: {
    dark: [
      [0.3, 0.08, 350],
      [0.5, 0.19, 0],
      [0.73, 0.17, 40],
      [0.95, 0.09, 80],
    ],
    light: [
      [0.94, 0.02, 20],
      [0.74, 0.13, 25],
      [0.54, 0.2, 10],
      [0.32, 0.13, 355],
    ],
  },
};

/** Cells fade in over this part of the scale, so that the least of them do not stand out as a block. */
const FADE = 0.12;
const FAINTEST = 0.55;

/** RGBA bytes of a table, 256 entries. */
export function colourTable(name: PaletteName | "long" | "short", theme: Theme): Uint8ClampedArray {
  const stops = STOPS[name][theme].map(toLab);
  const table = new Uint8ClampedArray(SIZE * 4);
  for (let entry = 0; entry < SIZE; entry += 1) {
    const share = entry / (SIZE - 1);
    const place = share * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    const part = place - low;
    const from = stops[low] as Lab;
    const to = stops[low + 1] as Lab;
    const mix = from.map((value, index) => value + ((to[index] as number) - value) * part) as unknown as Lab;
    const alpha = FAINTEST + (1 - FAINTEST) * Math.min(share / FADE, 1);
    table.set([...toBytes(mix), Math.round(alpha * 255)], entry * 4);
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

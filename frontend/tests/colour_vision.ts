/** Colours as figures: contrast (WCAG 2.2), OKLab, and how they look without red or green cones. */

export type Rgb = readonly [number, number, number];

/** sRGB byte to linear light. */
const linear = (byte: number): number =>
  byte <= 0.04045 * 255 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;

export const linearOf = ([red, green, blue]: Rgb): Rgb => [linear(red), linear(green), linear(blue)];

const luminance = ([red, green, blue]: Rgb): number => 0.2126 * red + 0.7152 * green + 0.0722 * blue;

/** 1 to 21, of two colours in linear light. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear light. */
const CONES: Readonly<Record<"all" | "protanopia" | "deuteranopia", readonly Rgb[]>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};
export const SIGHTS = Object.keys(CONES) as (keyof typeof CONES)[];

export const seenBy = (sight: keyof typeof CONES, colour: Rgb): Rgb =>
  CONES[sight].map((row) => Math.min(Math.max(dot(row, colour), 0), 1)) as unknown as Rgb;

const dot = (a: Rgb, b: Rgb): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Linear light to OKLab (Ottosson 2020). */
export function labOf(colour: Rgb): Rgb {
  const long = Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], colour));
  const medium = Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], colour));
  const short = Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], colour));
  return [
    0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  ];
}

/** Euclidean in OKLab: 0.02 is about what an eye just tells apart side by side. */
export const distance = (one: Rgb, other: Rgb): number => {
  const [a, b] = [labOf(one), labOf(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
};

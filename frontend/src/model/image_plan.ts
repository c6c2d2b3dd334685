/** What text of a picture stands where: a head above the map, legend and notes below it. CSS pixels. */

import type { ImageWords } from "./image_words";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedText {
  readonly text: string;
  readonly x: number;
  /** Of its middle. */
  readonly y: number;
  readonly size: number;
  readonly isStrong: boolean;
}

export interface ImagePlan {
  readonly width: number;
  readonly height: number;
  readonly map: Box;
  /** null: nothing is coloured. */
  readonly ramp: Box | null;
  readonly texts: readonly PlacedText[];
}

/** How wide a text is in letters of a size. */
export type Measure = (text: string, size: number, isStrong: boolean) => number;

const EDGE = 12;
const GAP = 18;
const LINE = 20;
const MAX_RAMP = 320;
const SIZE = { head: 17, text: 13, tick: 12 } as const;

interface Item {
  readonly text: string;
  readonly size: number;
  readonly isStrong: boolean;
}

export function planImage(words: ImageWords, mapWidth: number, mapHeight: number, measure: Measure): ImagePlan {
  const room = mapWidth - 2 * EDGE;
  const head = flow(
    [
      { text: words.coin, size: SIZE.head, isStrong: true },
      { text: words.price, size: SIZE.head, isStrong: false },
      { text: words.state, size: SIZE.text, isStrong: true },
      { text: "liqscape", size: SIZE.text, isStrong: true },
    ],
    EDGE,
    room,
    measure,
  );
  const map = { x: 0, y: head.bottom + EDGE / 2, width: mapWidth, height: mapHeight };
  const legend = planLegend(words, map.y + map.height + EDGE / 2, room, measure);
  const notes = flow(
    words.notes.map((text) => ({ text, size: SIZE.text, isStrong: false })),
    legend.bottom,
    room,
    measure,
  );
  return {
    width: mapWidth,
    height: Math.ceil(notes.bottom + EDGE),
    map,
    ramp: legend.ramp,
    texts: [...head.texts, ...legend.texts, ...notes.texts],
  };
}

function planLegend(words: ImageWords, top: number, room: number, measure: Measure) {
  if (words.ticks.length === 0) return { ramp: null, texts: [], bottom: top };
  const name = flow([{ text: words.legend, size: SIZE.text, isStrong: false }], top, room, measure);
  const ramp = { x: EDGE, y: name.bottom, width: Math.min(MAX_RAMP, room), height: 12 };
  const y = ramp.y + ramp.height + LINE / 2;
  const texts = words.ticks.map((text, index) => {
    const own = measure(text, SIZE.tick, false);
    const at = ramp.x + (ramp.width * index) / Math.max(words.ticks.length - 1, 1);
    const x = Math.min(Math.max(at - own / 2, EDGE), ramp.x + ramp.width - own);
    return { text, x, y, size: SIZE.tick, isStrong: false };
  });
  // The first and the last say the span; those between stand where they have room.
  const [first, last] = [texts[0], texts.at(-1)];
  const isFree = (text: PlacedText): boolean => {
    const end = text.x + measure(text.text, SIZE.tick, false) + EDGE / 2;
    const firstEnd = first === undefined ? 0 : first.x + measure(first.text, SIZE.tick, false) + EDGE / 2;
    return text === first || text === last || (text.x >= firstEnd && end <= (last?.x ?? 0));
  };
  return { ramp, texts: [...name.texts, ...texts.filter(isFree)], bottom: y + LINE / 2 };
}

/** Side by side, on a new line where there is no room; what is wider than the picture is broken at its spaces. */
function flow(items: readonly Item[], top: number, room: number, measure: Measure) {
  const texts: PlacedText[] = [];
  let [x, y] = [0, top + LINE / 2];
  for (const item of items) {
    for (const [index, text] of broken(item, room, measure).entries()) {
      const width = measure(text, item.size, item.isStrong);
      if (index > 0 || (x > 0 && x + width > room)) [x, y] = [0, y + LINE];
      texts.push({ ...item, text, x: EDGE + x, y });
      x += width + GAP;
    }
  }
  return { texts, bottom: items.length === 0 ? top : y + LINE / 2 };
}

function broken({ text, size, isStrong }: Item, room: number, measure: Measure): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = `${last} ${word}`;
    if (last !== undefined && measure(longer, size, isStrong) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

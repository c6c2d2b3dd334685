/** The list of keys, over the page. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "../use_page";

const KEYS: readonly (readonly [keys: ComponentChildren, meaning: string])[] = [
  [<kbd key="/">/</kbd>, "search a coin"],
  [
    <>
      <kbd>1</kbd>–<kbd>6</kbd>
    </>,
    "time range, 1h to all",
  ],
  [
    <>
      <kbd>←</kbd> <kbd>→</kbd> <kbd>↑</kbd> <kbd>↓</kbd>
    </>,
    "move the chart",
  ],
  [
    <>
      <kbd>+</kbd> <kbd>−</kbd>
    </>,
    "zoom in time",
  ],
  [<kbd key="0">0</kbd>, "whole range again"],
  [<kbd key="s">s</kbd>, "sides: both, long, short, split"],
  [<kbd key="j">j</kbd>, "levels: solo, or joint (all coins move with BTC)"],
  [<kbd key="h">h</kbd>, "clusters held for any time, 1 h, 4 h, 1 d, 3 d"],
  [<kbd key="c">c</kbd>, "clusters; up and down move in their list"],
  [<kbd key="l">l</kbd>, "liquidations of this coin"],
  [<kbd key="a">a</kbd>, "my accounts, or the page of any address"],
  [<kbd key="k">k</kbd>, "alert when …, of the cluster, account or price that is pointed at"],
  [<kbd key="r">r</kbd>, "alerts: rules, and what fired"],
  [<kbd key="y">y</kbd>, "layers over the map"],
  [<kbd key="b">b</kbd>, "all coins; again: all columns"],
  [<kbd key="d">d</kbd>, "data sources"],
  [<kbd key="m">m</kbd>, "measure between two points: click both, or arrows and Enter"],
  [<kbd key="n">n</kbd>, "new own line at the price that is pointed at"],
  [<kbd key="u">u</kbd>, "times of the chart in UTC or by your own clock"],
  [<kbd key="f">f</kbd>, "the map on the whole screen, and back"],
  [<kbd key="i">i</kbd>, "save the map as an image"],
  [<kbd key="p">p</kbd>, "replay what is stored: play or pause"],
  [
    <>
      <kbd>[</kbd> <kbd>]</kbd>
    </>,
    "one stored moment back, forward",
  ],
  [<kbd key="v">v</kbd>, "colours of the sides apart, or one for both"],
  [<kbd key="t">t</kbd>, "dark, light, or as the system"],
  [<kbd key="g">g</kbd>, "guide: how to read this map"],
  [<kbd key="w">w</kbd>, "what if price gets there? (simulated)"],
  [<kbd key="e">e</kbd>, "entry and stop: where a stop stands among the clusters, and how large the trade"],
  [<kbd key="x">x</kbd>, "the map as a table, for screen readers"],
  [<kbd key="Esc">Esc</kbd>, "close"],
];

export function KeysDialog() {
  const page = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = page.isHelpOpen.value;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      id="keys"
      aria-label="Keys"
      onClose={() => {
        page.isHelpOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => [<dt key={`${meaning} keys`}>{keys}</dt>, <dd key={meaning}>{meaning}</dd>])}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

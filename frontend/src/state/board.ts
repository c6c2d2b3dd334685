/** How the table of all coins is looked at: order, filter, favourites (kept in the browser), and whether it is wide. */

import { signal } from "@preact/signals";
import type { BoardOrder } from "../model/board_table";
import { keep, readKept } from "./kept";

const NAME = "favourites";

export class Board {
  readonly order = signal<BoardOrder>({ by: "interest", isDescending: true });
  readonly text = signal("");
  /** Empty: all. */
  readonly category = signal("");
  readonly favourites;
  /** All columns, over the map. */
  readonly isWide = signal(false);
  /** Rows beyond the first are shown too. */
  readonly isWhole = signal(false);

  constructor() {
    const kept = readKept(NAME);
    const names = Array.isArray(kept) ? kept.filter((name): name is string => typeof name === "string") : [];
    this.favourites = signal<ReadonlySet<string>>(new Set(names));
  }

  toggleFavourite(coin: string): void {
    const names = new Set(this.favourites.value);
    if (!names.delete(coin)) names.add(coin);
    this.favourites.value = names;
    keep(NAME, [...names]);
  }
}

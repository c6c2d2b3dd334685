/** The table of all coins: sorted by each column, filtered by name and category, favourites first. */

import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { fetchBoard } from "../../api/client";
import type { BoardRow } from "../../api/schema";
import {
  BOARD_COLUMNS,
  COLUMNS,
  type ColumnName,
  categoriesOf,
  FEW_COLUMNS,
  filterBoard,
  nextOrder,
  sortBoard,
} from "../../model/board_table";
import { boardCsv } from "../../model/csv_tables";
import type { PageState } from "../../state/page_state";
import { CsvButton } from "../csv";
import { useAnswer, usePage } from "../use_page";
import { Row } from "./row";

/** As often as the list is asked for while somebody looks at it. */
const EVERY_MS = 10_000;
/** Rows that are drawn at first. */
const FIRST_ROWS = 150;

export function BoardTable() {
  const page = usePage();
  const tick = useTick(page);
  const { answer, problem } = useAnswer(String(tick), (signal) => fetchBoard(signal));
  const { board } = page;
  if (answer === null) return <p class="empty">{problem ?? "loading"}</p>;
  const isWide = board.isWide.value;
  const columns = isWide ? COLUMNS : FEW_COLUMNS;
  const found = filterBoard(answer.rows, board.text.value, board.category.value);
  const rows = sortBoard(found, board.order.value, board.favourites.value);
  const shown = board.isWhole.value ? rows : rows.slice(0, FIRST_ROWS);
  return (
    <div class={isWide ? "board wide" : "board"}>
      <Choices rows={answer.rows}>
        <CsvButton what="coins" make={async () => boardCsv(answer, rows)} />
      </Choices>
      {problem !== null && <p class="empty">{problem}</p>}
      <div class="board-rows">
        <table aria-label="All coins">
          <thead>
            <tr>
              <th class="star">
                <span class="unseen">favourite</span>
              </th>
              {columns.map((name) => (
                <Heading key={name} name={name} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.coin} row={row} columns={columns} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="empty">No coin of this name and category.</p>}
      {rows.length > shown.length && (
        <p class="empty">
          <button
            type="button"
            class="more-rows"
            onClick={() => {
              board.isWhole.value = true;
            }}
          >
            show the other {rows.length - shown.length}
          </button>
        </p>
      )}
    </div>
  );
}

/** Counts on while the panel is open. */
function useTick(page: PageState): number {
  return useMemo(() => {
    let last = 0;
    return computed(() => {
      if (page.panel.value !== "coins" || page.isHidden.value) return last;
      last = Math.floor(page.nowMs.value / EVERY_MS);
      return last;
    });
  }, [page]).value;
}

interface ChoicesProps {
  readonly rows: readonly BoardRow[];
  /** Stands behind them, in the same line. */
  readonly children: ComponentChildren;
}

function Choices({ rows, children }: ChoicesProps) {
  const { board } = usePage();
  const categories = categoriesOf(rows);
  const isWide = board.isWide.value;
  return (
    <div class="board-choices">
      <input
        id="board-text"
        type="search"
        aria-label="Coins whose name or category holds this text"
        placeholder="name or category"
        value={board.text.value}
        onInput={(event) => {
          board.text.value = event.currentTarget.value;
        }}
      />
      {categories.length > 0 && (
        <select
          id="board-category"
          aria-label="Category"
          value={board.category.value}
          onChange={(event) => {
            board.category.value = event.currentTarget.value;
          }}
        >
          <option value="">all categories</option>
          {categories.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <button
        id="board-wide"
        type="button"
        class="plain-button"
        aria-pressed={isWide}
        onClick={() => {
          board.isWide.value = !isWide;
        }}
      >
        {isWide ? "fewer columns" : "all columns"}
      </button>
      {children}
    </div>
  );
}

function Heading({ name }: { readonly name: ColumnName }) {
  const { board } = usePage();
  const { by, isDescending } = board.order.value;
  const { label, meaning } = BOARD_COLUMNS[name];
  const isSorted = by === name;
  const sort = (): void => {
    board.order.value = nextOrder(board.order.value, name);
  };
  return (
    <th class={`of-${name}`} aria-sort={isSorted ? (isDescending ? "descending" : "ascending") : "none"}>
      <button type="button" data-value={name} title={meaning} onClick={sort}>
        {label}
        <span aria-hidden="true">{isSorted ? (isDescending ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
}

/** The legend of resting orders: whose books they are, the sides' colours, how little and much look, what is not loaded. */

import { type BookLegendAmounts, bookLegend } from "../../primitives/book";
import { usePage } from "../use_page";

export function BookKey() {
  const page = usePage();
  const { book, problem } = page.layersShown;
  const known = book.value?.coin === page.coin.value ? book.value : null;
  if (known === null) return <span role="status">{problem.value ?? "loading"}</span>;
  const legend = bookLegend(known.layer, page.theme.value);
  return (
    <>
      <span id="book-source" data-kind={known.layer.kind ?? "none"}>
        {legend.source}
      </span>
      {legend.sides.map(({ side, text, colour }) => (
        <span key={side} class="key">
          <i class="book-side" style={{ background: colour }} aria-hidden="true" /> {text}
        </span>
      ))}
      {legend.amounts.map((amounts) => (
        <Amounts key={amounts.by} amounts={amounts} />
      ))}
      {legend.notes.map((note) => (
        <span key={note}>{note}</span>
      ))}
      {problem.value !== null && <span>{problem.value}</span>}
    </>
  );
}

function Amounts({ amounts }: { readonly amounts: BookLegendAmounts }) {
  const { by, unit, little, much } = amounts;
  const [thin, thick] = by === "width" ? ["thin", "wide"] : ["faint", "strong"];
  return <span>{`${thin}: ${little}, ${thick}: ${much} (${unit})`}</span>;
}

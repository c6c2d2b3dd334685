/** What stands between the mark and the price asked about, as it is known: nothing of it is simulated, nothing is added. */

import type { TriggersAnswer } from "../../api/triggers";
import { rowBefore, wayRows, waySentence } from "../../model/absorption";

interface OnTheWayProps {
  readonly answer: TriggersAnswer | null;
  /** null: none is asked about. */
  readonly price: number | null;
}

export function OnTheWay({ answer, price }: OnTheWayProps) {
  if (answer === null || answer.mark === null || price === null) return null;
  const row = rowBefore(wayRows(answer.absorption), answer.mark, price);
  if (row === null) return null;
  return <p id="what-if-way" class="muted">{`Known now, side by side and not to be added. ${waySentence(row)}`}</p>;
}

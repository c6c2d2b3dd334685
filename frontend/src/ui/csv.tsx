/** A button that saves what a panel shows as a CSV file. */

import type { CsvFile } from "../model/csv_tables";
import { saveFile } from "./save_file";

interface CsvButtonProps {
  /** What is saved, for screen readers: "clusters". */
  readonly what: string;
  /** Made when it is asked for: the tables are a file of their own. */
  readonly make: () => Promise<CsvFile>;
}

export function CsvButton({ what, make }: CsvButtonProps) {
  const save = async (): Promise<void> => {
    try {
      const { name, text } = await make();
      saveFile(name, new Blob([text], { type: "text/csv;charset=utf-8" }));
    } catch (error) {
      console.error(error);
    }
  };
  return (
    <button type="button" class="csv" aria-label={`save as CSV: ${what}`} onClick={() => void save()}>
      save as CSV
    </button>
  );
}

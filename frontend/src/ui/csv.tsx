/** A button that saves what a panel shows as a CSV file. */

import type { CsvFile } from "../model/csv_tables";

interface CsvButtonProps {
  /** What is saved, for screen readers: "clusters". */
  readonly what: string;
  /** Made when it is asked for: the tables are a file of their own. */
  readonly make: () => Promise<CsvFile>;
}

export function CsvButton({ what, make }: CsvButtonProps) {
  const save = async (): Promise<void> => {
    try {
      saveFile(await make());
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

/** Milliseconds after which every browser has begun to read what it saves. */
const READ_MS = 10_000;

function saveFile({ name, text }: CsvFile): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), READ_MS);
}

/** What stays in this browser between visits, by name. A browser that keeps nothing still shows the map. */

/** As the browser's storage has it. */
export const keptKey = (name: string): string => `liqscape.${name}`;

/** null where nothing is kept, or it cannot be read. */
export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(keptKey(name)) ?? "null");
  } catch {
    return null;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(keptKey(name), JSON.stringify(value));
  } catch {
    // Chosen for this visit alone.
  }
}

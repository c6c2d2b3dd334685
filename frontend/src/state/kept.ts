/** What stays in this browser between visits, by name. A browser that keeps nothing still shows the map. */

export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`liqscape.${name}`) ?? "null");
  } catch {
    return null;
  }
}

export function keep(name: string, value: unknown): void {
  try {
    localStorage.setItem(`liqscape.${name}`, JSON.stringify(value));
  } catch {
    // Chosen for this visit alone.
  }
}

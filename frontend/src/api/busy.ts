/** A server without room for a costly question says so at once: the question is asked again, and the page says "busy". */

/** Some two minutes at the two seconds a server asks for; then its sentence is shown. */
const MAX_ATTEMPTS = 40;
const DEFAULT_WAIT_S = 2;
const MAX_WAIT_S = 60;
/** Pages that were refused together do not come back together. */
const SPREAD = 0.5;

export type Pause = (ms: number, signal?: AbortSignal) => Promise<void>;

/** How many questions wait to be asked again, and who wants to know. */
export class BusyCount {
  private waiting = 0;
  private readonly listeners: ((isBusy: boolean) => void)[] = [];

  listen(listener: (isBusy: boolean) => void): void {
    this.listeners.push(listener);
  }

  change(by: 1 | -1): void {
    this.waiting += by;
    for (const listener of this.listeners) listener(this.waiting > 0);
  }
}

export const busy = new BusyCount();

/** The first answer that is not "busy", or the last one where the server stays so. Ends with the signal. */
export async function askUntilRoom(
  ask: () => Promise<Response>,
  signal?: AbortSignal,
  count: BusyCount = busy,
  pause: Pause = sleep,
): Promise<Response> {
  let response = await ask();
  if (response.status !== 503) return response;
  count.change(1);
  try {
    for (let attempt = 1; attempt < MAX_ATTEMPTS && response.status === 503; attempt += 1) {
      await pause(waitMs(response.headers.get("Retry-After"), Math.random()), signal);
      response = await ask();
    }
    return response;
  } finally {
    count.change(-1);
  }
}

/** Milliseconds to wait, of the header's seconds; `chance` from 0 to 1 spreads them. */
export function waitMs(header: string | null, chance: number): number {
  const seconds = header !== null && /^\d+$/.test(header) ? Number(header) : DEFAULT_WAIT_S;
  return Math.min(seconds, MAX_WAIT_S) * 1_000 * (1 + SPREAD * chance);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(new DOMException("a newer question replaced this one", "AbortError"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, ms);
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
  });
}

/**
 * Has windows painted off the main thread. Without a worker, or where it does not start, the same is done here. A
 * browser without OffscreenCanvas gets the pixels from the worker and puts them on a canvas here.
 */

import { decodeHeatmap } from "../api/heatmap_binary";
import { endMs, type HeatmapWindow, holeRuns } from "../model/window";
import { drawable, type PaintedHeat } from "../primitives/heatmap/painted";
import { type RasterOptions, raster } from "../primitives/heatmap/raster";
import { copyOfCells, type Paintable } from "./cells";
import type { Reply, Request } from "./messages";

/** Windows whose cells the worker keeps: on screen, asked for ahead, and the one before. */
const KEPT = 3;

interface Job {
  readonly id: number;
  readonly window: Paintable;
  readonly options: RasterOptions;
  readonly done: (painted: PaintedHeat | null) => void;
  readonly failed: (error: unknown) => void;
}

export class HeatPainter {
  /** Script time on the main thread of all pictures: sending cells and taking what was painted, ms. */
  readonly statistics = { scriptMs: 0 };
  private worker: Worker | null = null;
  private isReady = false;
  private readonly numbers = new WeakMap<HeatmapWindow, number>();
  private lastNumber = 0;
  private lastId = 0;
  private running: Job | null = null;
  /** The newest of those that wait; older ones are answered with null. */
  private waiting: Job | null = null;
  private readonly opening = new Map<number, (bytes: ArrayBuffer) => void>();

  /** Address of heat_worker.js; null paints on the main thread. */
  constructor(address: string | URL | null) {
    if (address === null || typeof Worker === "undefined") return;
    try {
      this.worker = new Worker(address);
    } catch {
      return; // The page's policy or the browser refuses.
    }
    this.worker.onmessage = (event: MessageEvent<Reply>) => this.timed(() => this.take(event.data));
    this.worker.onerror = () => this.withdraw();
  }

  get isOffThread(): boolean {
    return this.isReady;
  }

  /**
   * The window of an answer, whose cells the worker has copied on the way: painting it then costs the main thread next
   * to nothing. The bytes are the painter's from here on. Rejects with RangeError where they are not a whole window.
   */
  async open(bytes: ArrayBuffer): Promise<HeatmapWindow> {
    const { worker } = this;
    // A worker that never starts would keep what was handed to it.
    if (worker === null || !this.isReady) return decodeHeatmap(bytes);
    const number = ++this.lastNumber;
    const id = ++this.lastId;
    const back = await new Promise<ArrayBuffer>((resolve) => {
      this.opening.set(id, resolve);
      const request: Request = { kind: "open", id, window: number, keepFrom: this.keepFrom, bytes };
      this.timed(() => worker.postMessage(request, [bytes]));
    });
    const window = decodeHeatmap(back);
    this.numbers.set(window, number);
    return window;
  }

  /** null where a newer request took the place of this one. */
  paint(window: HeatmapWindow, options: RasterOptions): Promise<PaintedHeat | null> {
    return new Promise((done, failed) => {
      this.waiting?.done(null);
      this.waiting = { id: ++this.lastId, window, options, done, failed };
      this.next();
    });
  }

  close(): void {
    this.worker?.terminate();
    this.worker = null;
    this.isReady = false;
    this.running?.done(null);
    this.waiting?.done(null);
    this.running = this.waiting = null;
  }

  private get keepFrom(): number {
    return this.lastNumber - KEPT + 1;
  }

  private next(): void {
    const job = this.waiting;
    if (job === null || this.running !== null) return;
    this.waiting = null;
    this.running = job;
    const { worker } = this;
    if (worker === null) queueMicrotask(() => this.timed(() => this.paintHere(job)));
    else this.timed(() => this.send(worker, job));
  }

  private timed(work: () => void): void {
    const started = performance.now();
    work();
    this.statistics.scriptMs += performance.now() - started;
  }

  private send(worker: Worker, { id, window, options }: Job): void {
    const known = this.numbers.get(window) ?? 0;
    const isHeld = known > 0 && known >= this.keepFrom;
    const number = isHeld ? known : ++this.lastNumber;
    this.numbers.set(window, number);
    // Copied once a window, for the page goes on reading the cells.
    const cells = isHeld ? null : copyOfCells(window);
    const transfer = cells === null ? [] : [cells.long.buffer, cells.short.buffer];
    const request: Request = { kind: "paint", id, window: number, keepFrom: this.keepFrom, cells, options };
    worker.postMessage(request, transfer);
  }

  private take(reply: Reply): void {
    if (reply.kind === "ready") {
      this.isReady = true;
      return;
    }
    if (reply.kind === "opened") {
      this.opening.get(reply.id)?.(reply.bytes);
      this.opening.delete(reply.id);
      return;
    }
    const job = this.running;
    if (job === null || reply.id !== job.id) return;
    this.running = null;
    if (reply.kind === "failed") job.failed(new Error(reply.error));
    else job.done(paintedOf(job, reply));
    this.next();
  }

  private paintHere(job: Job): void {
    if (this.running !== job) return;
    this.running = null;
    try {
      const { pixels, grid, outline } = raster(job.window, job.options);
      job.done(paintedOf(job, { picture: pixels, grid, outline }));
    } catch (error) {
      job.failed(error);
    }
    this.next();
  }

  /** The worker did not start: its work is done here from now on. */
  private withdraw(): void {
    this.worker?.terminate();
    this.worker = null;
    this.isReady = false;
    if (this.running !== null) this.paintHere(this.running);
  }
}

interface Made {
  readonly picture: ImageBitmap | Uint8ClampedArray<ArrayBuffer>;
  readonly grid: PaintedHeat["grid"];
  readonly outline: Int32Array;
}

function paintedOf({ window, options }: Job, { picture, grid, outline }: Made): PaintedHeat {
  return {
    image: drawable(picture, window.columns, grid.rows),
    grid,
    outline,
    columns: window.columns,
    startMs: window.start_ms,
    endMs: endMs(window),
    holes: holeRuns(window.asOf),
    bands: options.bands,
    theme: options.theme,
  };
}

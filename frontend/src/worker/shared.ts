/** The painter of the page's map, and where the worker of any painter is. */

import { HeatPainter } from "./painter";

export const WORKER_ADDRESS = "assets/heat_worker.js";

export const painter = new HeatPainter(WORKER_ADDRESS);

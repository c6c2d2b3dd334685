/** The one painter of the page. */

import { HeatPainter } from "./painter";

export const painter = new HeatPainter("assets/heat_worker.js");

/** Layers that are tied to the chart when they are first switched on, by name. */

import { bindBook } from "./bind_book";
import { bindStructure } from "./bind_structure";
import { bindTriggers } from "./bind_triggers";

export const bindLayer = { book: bindBook, structure: bindStructure, triggers: bindTriggers };

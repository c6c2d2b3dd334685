/** Starts the page. */

import { App } from "./ui/app";

void new App().start();

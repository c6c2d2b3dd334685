// Builds the page into the Python package, or with --tests the unit tests, or with --harness the drawing harness
// that the pixel tests and the benchmark load into an empty page.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const shared = {
  bundle: true,
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
  legalComments: "none",
  absWorkingDir: here,
};
// What the page is built from and ships; the licences ask that their texts go with it.
const SHIPPED = {
  "lightweight-charts": "lightweight-charts.txt",
  preact: "preact.txt",
  "@preact/signals": "signals.txt",
};
// The worker is a file of its own: the page's content policy lets no script come from anywhere else.
const PAGE_SCRIPT = { app: "src/main.tsx" };
const WORKER_SCRIPT = { heat_worker: "src/worker/heat_worker.ts" };

async function buildPage() {
  const folder = join(here, "..", "src", "liqscape", "web", "static");
  await mkdir(folder, { recursive: true });
  // Panels that few visits open are files of their own, loaded when they are shown; those of a build before go.
  await rm(join(folder, "chunks"), { recursive: true, force: true });
  await build({
    ...shared,
    entryPoints: PAGE_SCRIPT,
    outdir: folder,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    splitting: true,
    minify: true,
  });
  // One file: a worker that is no module starts in every browser.
  await build({ ...shared, entryPoints: WORKER_SCRIPT, outdir: folder, format: "iife", minify: true });
  await build({ ...shared, entryPoints: { app: "src/styles/app.css" }, outdir: folder, minify: true });
  for (const name of ["index.html", "favicon.svg"]) {
    await copyFile(join(here, "src", name), join(folder, name));
  }
  for (const [name, text] of Object.entries(SHIPPED)) {
    await copyFile(join(here, "node_modules", name, "LICENSE"), join(folder, text));
  }
  await packFolder(folder);
}

/** Each file beside itself in brotli, at its best quality (the default): the server sends it to readers that take it. */
async function packFolder(folder) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(".br")) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    await writeFile(`${path}.br`, brotliCompressSync(await readFile(path)));
  }
}

async function buildTests() {
  const folder = join(here, "dist", "tests");
  await rm(folder, { recursive: true, force: true });
  const names = (await readdir(join(here, "tests"))).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: names.map((name) => join("tests", name)),
    outdir: folder,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
  });
}

async function buildHarness() {
  const outfile = join(here, "dist", "harness.js");
  await build({ ...shared, entryPoints: ["src/harness/main.ts"], outfile, format: "iife", minify: true });
  const worker = join(here, "dist", "heat_worker.js");
  await build({ ...shared, entryPoints: [WORKER_SCRIPT.heat_worker], outfile: worker, format: "iife", minify: true });
}

const chosen = process.argv[2] ?? "";
const jobs = { "": buildPage, "--tests": buildTests, "--harness": buildHarness };
if (!(chosen in jobs)) {
  console.error(`build.mjs: unknown option ${chosen}; known are --tests and --harness`);
  process.exit(2);
}
await jobs[chosen]();

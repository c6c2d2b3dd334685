#!/usr/bin/env bash
# lightweight-charts does not draw the title of a price line whose label on the axis is turned off.
#
# One would guess: `title` is written in the pane, as its documentation has it, and `axisLabelVisible: false` takes away the price on
# the axis alone.
# What happens: neither is written; the line stays, without a name.
# Why it matters: the liquidation prices of an account are many lines; their labels push each other along the axis, so they are
# turned off, and nobody can tell the lines apart. Write names in a primitive's pane view.
# Needs Node, and Chromium named by CHROMIUM or on the path; ends with 2 without one.
set -euo pipefail
browser=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome) || {
  echo "no Chromium found: set CHROMIUM to one, or have it on the path" >&2
  exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit lightweight-charts@5.2.1 playwright-core@1.65.1
cat >look.mjs <<'JAVASCRIPT'
import { chromium } from 'playwright-core';

const browser = await chromium.launch({ executablePath: process.argv[2], args: ['--no-sandbox'] });
const page = await browser.newPage();
await page.setContent('<div id="chart"></div>');
await page.addScriptTag({ path: 'node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.js' });
const seen = await page.evaluate(async () => {
  const charts = window.LightweightCharts;
  let written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    written.push(text);
    return write.call(this, text, ...rest);
  };
  const look = async (axisLabelVisible) => {
    written = [];
    const chart = charts.createChart(document.getElementById('chart'), { width: 800, height: 400 });
    const series = chart.addSeries(charts.LineSeries);
    series.setData([{ time: '2026-01-01', value: 60000 }, { time: '2026-01-02', value: 61000 }]);
    series.createPriceLine({ price: 60321, title: 'liquidation', axisLabelVisible });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    chart.remove();
    return { title: written.includes('liquidation'), price: written.includes('60321.00'), texts: written.length };
  };
  return { version: charts.version(), on: await look(true), off: await look(false) };
});
await browser.close();
console.log('lightweight-charts', seen.version);
console.log('axisLabelVisible true: written', JSON.stringify(seen.on));
console.log('axisLabelVisible false: written', JSON.stringify(seen.off));
const whole = seen.on.title && seen.on.price;
process.exit(whole && !seen.off.title && !seen.off.price && seen.off.texts > 0 ? 0 : 1);
JAVASCRIPT
node look.mjs "$browser"

#!/usr/bin/env bash
# lightweight-charts puts the marks of a logarithmic price scale at prices that are multiples of no step and of no power of ten.
#
# One would guess: even round steps, as on its linear scale, or on a wide scale the powers of ten and round parts of them.
# What happens: marks are set from the top downwards, and after each one the step is chosen anew from what is left below. From 100
# to 10,000 there is no mark at 1,000, but at 1,350, 750 and 56; from 55,000 to 65,000 steps of 2,000 turn into steps of 1,200.
# Why it matters: levels crowd at round prices, and readers look for them at the marks of the axis. A formatter of marks changes
# their text only; clear it there, and draw marks of one's own in a primitive's price axis view.
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
  const look = async (mode, low, high) => {
    let marks = [];
    const tickmarksPriceFormatter = (prices) => {
      marks = prices.map((price) => Number(price.toFixed(2)));
      return prices.map((price) => price.toFixed(2));
    };
    const options = { width: 800, height: 400, rightPriceScale: { mode }, localization: { tickmarksPriceFormatter } };
    const chart = charts.createChart(document.getElementById('chart'), options);
    const series = chart.addSeries(charts.LineSeries);
    series.setData([{ time: '2026-01-01', value: low }, { time: '2026-01-02', value: high }]);
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    chart.remove();
    return marks;
  };
  const { Normal, Logarithmic } = charts.PriceScaleMode;
  return {
    version: charts.version(),
    linear: await look(Normal, 55000, 65000),
    logarithmic: await look(Logarithmic, 55000, 65000),
    wide: await look(Logarithmic, 100, 10000),
  };
});
await browser.close();
console.log('lightweight-charts', seen.version);
for (const name of ['linear', 'logarithmic', 'wide']) console.log(name, JSON.stringify(seen[name]));
const steps = (marks) => new Set(marks.slice(1).map((mark, i) => marks[i] - mark)).size;
const missing = seen.wide.length > 4 && !seen.wide.includes(1000);
process.exit(steps(seen.linear) === 1 && steps(seen.logarithmic) > 1 && missing ? 0 : 1);
JAVASCRIPT
node look.mjs "$browser"

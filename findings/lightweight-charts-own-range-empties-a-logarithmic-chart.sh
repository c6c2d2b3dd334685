#!/usr/bin/env bash
# lightweight-charts empties a chart with a logarithmic price scale that is given its own visible range.
#
# One would guess: priceScale().setVisibleRange takes prices, as getVisibleRange returns them: setting what was got changes nothing.
# What happens: on a logarithmic scale the numbers are taken as the scale's inner logarithms. The price at the middle of the pane
# stands thousands of pixels below it, and getVisibleRange then returns no numbers. A linear scale behaves as one would guess.
# Why it matters: heatmaps are drawn on logarithmic scales and keep the user's zoom. Set it by an autoscaleInfoProvider instead.
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
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const look = async (mode) => {
    const chart = charts.createChart(document.getElementById('chart'), { width: 800, height: 400, rightPriceScale: { mode } });
    const series = chart.addSeries(charts.LineSeries);
    series.setData([{ time: '2026-01-01', value: 60000 }, { time: '2026-01-02', value: 61000 }]);
    await frame();
    const scale = chart.priceScale('right');
    const got = scale.getVisibleRange();
    const before = series.priceToCoordinate(60500);
    scale.setVisibleRange(got);
    await frame();
    return { got, before, after: series.priceToCoordinate(60500), then: scale.getVisibleRange() };
  };
  const modes = charts.PriceScaleMode;
  return { version: charts.version(), linear: await look(modes.Normal), logarithmic: await look(modes.Logarithmic) };
});
await browser.close();
console.log('lightweight-charts', seen.version);
for (const name of ['linear', 'logarithmic']) console.log(name, JSON.stringify(seen[name]));
const kept = Math.abs(seen.linear.after - seen.linear.before) < 1;
process.exit(kept && Math.abs(seen.logarithmic.after) > 4000 ? 0 : 1);
JAVASCRIPT
node look.mjs "$browser"

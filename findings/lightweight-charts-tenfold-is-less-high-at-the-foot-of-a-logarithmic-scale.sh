#!/usr/bin/env bash
# lightweight-charts draws a tenfold rise less high at the foot of a logarithmic price scale than above it.
#
# One would guess: equal ratios of price are equally high, so an image whose rows are equal steps of the logarithm fits when it
# is stretched between two prices.
# What happens: a small price is added before the logarithm is taken: 0.0001 where the prices shown span 1 or more, less where
# they span less. From 0.0001 to 10 the lowest tenfold is a quarter less high than the highest; the same tenfold is as high as the
# others once nothing above 0.1 is shown, and from 1 to 100,000 all are equal.
# Why it matters: the heatmap of a coin that began at a small part of its price, stretched so, lies beside its candles: 11 pixels
# here. Draw it in slices, each between prices that priceToCoordinate has placed.
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
  const look = async (prices) => {
    const options = { width: 800, height: 400, rightPriceScale: { mode: charts.PriceScaleMode.Logarithmic } };
    const chart = charts.createChart(document.getElementById('chart'), options);
    const series = chart.addSeries(charts.LineSeries, { priceFormat: { type: 'price', precision: 4, minMove: 0.0001 } });
    series.setData(prices.map((value, day) => ({ time: `2026-01-0${day + 1}`, value })));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const places = prices.map((price) => series.priceToCoordinate(price));
    chart.remove();
    return places.slice(1).map((place, i) => places[i] - place);
  };
  return {
    version: charts.version(),
    cheap: await look([0.0001, 0.001, 0.01, 0.1, 1, 10]),
    zoomed: await look([0.0001, 0.001, 0.01, 0.1]),
    dear: await look([1, 10, 100, 1000, 10000, 100000]),
  };
});
await browser.close();
const said = (heights) => heights.map((height) => height.toFixed(1)).join(' ');
const total = seen.cheap.reduce((sum, height) => sum + height, 0);
console.log('lightweight-charts', seen.version, '- pixels of each tenfold, from the lowest');
console.log('0.0001 to 10:', said(seen.cheap), '- an even image has 0.001 off by', (total / 5 - seen.cheap[0]).toFixed(1));
console.log('0.0001 to 0.1:', said(seen.zoomed));
console.log('1 to 100,000:', said(seen.dear));
const isEven = (heights) => Math.abs(heights[0] / heights[heights.length - 1] - 1) < 0.01;
process.exit(isEven(seen.zoomed) && isEven(seen.dear) && Math.abs(seen.cheap[0] / seen.cheap[4] - 0.74) < 0.02 ? 0 : 1);
JAVASCRIPT
node look.mjs "$browser"

// Runs hyperliquid-math's calculatePerpLiquidationPrice on cross accounts from a file. Started by competitors/drive.py.
//
//   node liquidation_price.mjs MODULE ACCOUNTS.json
//
// Answers each line on standard input ("run") with one line of JSON: seconds of the processor (all threads of
// node) and calls for one price of every position of every account. The line "prices" answers with the prices
// themselves (null: none).
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { calculatePerpLiquidationPrice } = await import(pathToFileURL(process.argv[2]))
const inputs = JSON.parse(readFileSync(process.argv[3], 'utf8')).flatMap(({ value, positions }) => {
  const rows = positions.map(([index, size, entry, mark, tiers]) => ({
    asset: { network: 'mainnet', marketKind: 'perp', dex: null, index },
    signedSize: size,
    entryPrice: entry,
    markPrice: mark,
    marginMode: { kind: 'cross' },
    marginTiers: tiers.map(([lowerBound, maxLeverage]) => ({ lowerBound, maxLeverage })),
  }))
  return rows.map((row) => ({ targetAsset: row.asset, crossAccountValue: value, positions: rows }))
})

const used = ({ user, system }) => (user + system) / 1e6
const priceOf = ({ value }) => (value.status === 'ok' ? value.data.liquidationPrice : null)
const faults = inputs.map((input) => calculatePerpLiquidationPrice(input).value).filter((v) => v.status === 'invalid-input')
console.log(JSON.stringify({ calls: inputs.length, invalid: faults.length, first: faults[0] ?? null, node: process.version }))

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'prices') {
    console.log(JSON.stringify(inputs.map((input) => priceOf(calculatePerpLiquidationPrice(input)))))
    continue
  }
  const started = process.cpuUsage()
  let found = 0
  for (const input of inputs) found += calculatePerpLiquidationPrice(input).value.status === 'ok' ? 1 : 0
  console.log(JSON.stringify({ seconds: used(process.cpuUsage(started)), calls: inputs.length, found }))
}

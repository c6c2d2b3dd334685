#!/usr/bin/env bash
# @nktkas/hyperliquid refuses a second channel of an account it already follows once it follows ten.
#
# One would guess: the limit counts accounts, and another channel of a counted account is free, as it is on the exchange.
# What happens: the client compares before it looks whether the account is new, and sends nothing: with ten accounts followed,
# userFills of the first one fails with "Cannot track more than 10 unique users". The exchange was recorded in October 2026 to
# refuse the sixteenth account, not the eleventh.
# Why it matters: a map needs an account's state and its fills. Subscribe to all channels of nine accounts before the tenth, or
# open a socket of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @nktkas/hyperliquid@0.32.2 ws@8.18.3
cat >look.mjs <<'JAVASCRIPT'
import { readFileSync } from 'node:fs';
import { WebSocketTransport } from '@nktkas/hyperliquid';
import { clearinghouseState, userFills } from '@nktkas/hyperliquid/api/subscription';
import WebSocket, { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await new Promise((listening) => server.once('listening', listening));
let sent = 0;
server.on('connection', (socket) => {
  socket.on('message', (text) => {
    const request = JSON.parse(text);
    if (request.method !== 'subscribe') return;
    sent += 1;
    socket.send(JSON.stringify({ channel: 'subscriptionResponse', data: request }));
  });
});
const transport = new WebSocketTransport({ url: `ws://127.0.0.1:${server.address().port}`, reconnect: { WebSocket } });
const subscribe = async (channel, number) => {
  try {
    await channel({ transport }, { user: '0x' + String(number).padStart(40, '0') }, () => {});
    return 'accepted';
  } catch (error) {
    return error.message;
  }
};
const states = [];
for (let number = 1; number <= 11; number += 1) states.push(await subscribe(clearinghouseState, number));
const fills = await subscribe(userFills, 1);
const about = JSON.parse(readFileSync('node_modules/@nktkas/hyperliquid/package.json'));
console.log('@nktkas/hyperliquid', about.version, 'accounts accepted:', states.filter((state) => state === 'accepted').length);
console.log('the eleventh account:', states[10]);
console.log('fills of the first account:', fills, '- requests sent:', sent);
const refused = 'Cannot track more than 10 unique users';
process.exit(states[9] === 'accepted' && states[10] === refused && fills === refused && sent === 10 ? 0 : 1);
JAVASCRIPT
node look.mjs

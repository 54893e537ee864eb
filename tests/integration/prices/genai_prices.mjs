// SPDX-License-Identifier: GPL-3.0-or-later
// Prices calls with the npm package @pydantic/genai-prices, which shares no code with Farthing.
// Usage: node genai_prices.mjs FOLDER < calls.json > prices.json, FOLDER being where the package is installed.
// In:  [{id, time, shares: [{provider, model, usage}]}, …]
// Out: [{id, usd} or {id, missing: why}, …]; the sum over a call's shares, in binary floating point as the package computes.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { calcPrice } = createRequire(join(process.argv[2], 'index.js'))('@pydantic/genai-prices');

function priceCall(call) {
  let usd = 0;
  for (const share of call.shares) {
    try {
      const price = calcPrice(share.usage, share.model, {
        providerId: share.provider,
        timestamp: new Date(call.time),
      });
      if (price === null) return { id: call.id, missing: 'no price' };
      usd += price.total_price;
    } catch (error) {
      return { id: call.id, missing: error.message };
    }
  }
  return { id: call.id, usd };
}

console.warn = () => {};
const calls = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(calls.map(priceCall)));

// SPDX-License-Identifier: GPL-3.0-or-later
// Asks for COUNT streams, CONCURRENT at a time, and prints how many came whole and the median time to their first byte.
//   stream-load.mjs PORT COUNT CONCURRENT CHUNKS PAUSE_MS → whole, median µs
import http from 'node:http';

const [port, count, concurrent, chunks, pause] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrent });
const body = JSON.stringify({ model: 'gpt-4o', stream: true, messages: [
    { role: 'system', content: 'You are terse. '.repeat(200) }, { role: 'user', content: 'What is a farthing? '.repeat(95) }] });
const firstBytes = [];

function one() {
    return new Promise((resolve) => {
        const began = process.hrtime.bigint();
        const request = http.request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions', agent, headers: {
            'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: 'Bearer bench',
            'X-Farthing-Workflow': 'bench', 'X-Chunks': chunks, 'X-Pause-Ms': pause } }, (response) => {
            let text = '';
            response.once('data', () => firstBytes.push(Number(process.hrtime.bigint() - began) / 1000));
            response.on('data', (bytes) => { text += bytes; });
            response.on('error', () => resolve(false));
            response.on('end', () => resolve(response.statusCode === 200 && text.endsWith('data: [DONE]\n\n')
                && text.split(' farthing').length === chunks + 1));
        });
        request.on('error', () => resolve(false));
        request.end(body);
    });
}

let begun = 0;
let whole = 0;
await Promise.all(Array.from({ length: concurrent }, async () => {
    while (begun++ < count) {
        const isWhole = await one();
        whole += isWhole;
    }
}));
agent.destroy();
firstBytes.sort((a, b) => a - b);
console.log(whole, Math.round(firstBytes[firstBytes.length >> 1] ?? 0));

// SPDX-License-Identifier: GPL-3.0-or-later
// An upstream for comparisons: reads a chat completion request whole and answers as its headers ask: X-Reply-Bytes, or
// a stream of X-Chunks events, one every X-Pause-Ms.   upstream.mjs PORT
import http from 'node:http';

const usage = { prompt_tokens: 1250, completion_tokens: 220, total_tokens: 1470 };
const replies = new Map();
function reply(bytes) {
    if (!replies.has(bytes)) {
        replies.set(bytes, Buffer.from(JSON.stringify({
            id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-4o-2024-11-20', usage,
            choices: [{ index: 0, message: { role: 'assistant', content: 'a'.repeat(bytes) }, finish_reason: 'stop' }],
        })));
    }
    return replies.get(bytes);
}
const event = (more) => `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk',
    model: 'gpt-4o-2024-11-20', choices: [], ...more })}\n\n`;
const delta = event({ choices: [{ index: 0, delta: { content: ' farthing' }, finish_reason: null }] });

function stream(response, chunks, pause) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    let sent = 0;
    const next = () => {
        if (sent++ < chunks) {
            response.write(delta);
            setTimeout(next, pause);
        } else {
            response.end(event({ usage }) + 'data: [DONE]\n\n');
        }
    };
    next();
}

http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
    request.resume().on('end', () => {
        const chunks = Number(request.headers['x-chunks'] ?? 0);
        if (chunks > 0) {
            stream(response, chunks, Number(request.headers['x-pause-ms']));
            return;
        }
        const body = reply(Number(request.headers['x-reply-bytes'] ?? 880));
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
    });
}).listen(Number(process.argv[2]), '127.0.0.1', 4096);

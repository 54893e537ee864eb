// SPDX-License-Identifier: GPL-3.0-or-later
// A session of OpenAI's Realtime API over WebSocket. farthing-sim has none, so this is its own upstream.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { eventsOf, sdk } from './harness.mjs';

const usage = {
  total_tokens: 300, input_tokens: 200, output_tokens: 100,
  input_token_details: { text_tokens: 80, audio_tokens: 120, cached_tokens: 64, cached_tokens_details: { text_tokens: 64, audio_tokens: 0 } },
  output_token_details: { text_tokens: 30, audio_tokens: 70 },
};

/** Answers `response.create` in three deltas; knows the key, and refuses others as the provider does. */
async function startUpstream() {
  const { WebSocketServer } = sdk('ws');
  const server = http.createServer((_, reply) => reply.end('{"object":"list","data":[]}'));
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (request.headers.authorization !== 'Bearer sk-simulated') {
      const body = '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error"}}';
      socket.end(`HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (session) => serve(session, request.url));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${server.address().port}/v1`;
}

function serve(session, url) {
  const model = new URL(url, 'http://upstream').searchParams.get('model');
  const send = (event) => session.send(JSON.stringify(event));
  let responses = 0;
  send({ type: 'session.created', event_id: 'event_0', session: { id: 'sess_sdk', object: 'realtime.session', model } });
  session.on('message', (text) => {
    const asked = JSON.parse(text);
    if (asked.type === 'session.update') send({ type: 'session.updated', event_id: 'event_1', session: asked.session });
    if (asked.type !== 'response.create') return;
    const id = `resp_${++responses}`;
    send({ type: 'response.created', event_id: `${id}_a`, response: { id, object: 'realtime.response', status: 'in_progress', model } });
    for (const delta of ['All ', 'is ', 'well.']) send({ type: 'response.output_text.delta', event_id: `${id}_b`, response_id: id, delta });
    send({ type: 'response.done', event_id: `${id}_c`, response: { id, object: 'realtime.response', status: 'completed', model, output: [], usage } });
  });
}

export default function checks(programs) {
  const OpenAI = sdk('openai');
  const { OpenAIRealtimeWS } = sdk('openai/realtime/ws');
  /** The SDK says wss: whatever its base URL says; the proxy speaks without TLS. */
  const open = (apiKey) => new OpenAIRealtimeWS(
    { model: 'gpt-realtime', options: { createConnection: ({ host, port }) => net.connect(port, host) } },
    new OpenAI({ apiKey, baseURL: `${programs.base}/w/voice/up/rt/v1`, maxRetries: 0 }),
  );

  /** Until the proxy has read what farthing.json says now. */
  const live = (async () => {
    const upstreams = { rt: { base_url: await startUpstream(), wire: 'openai' } };
    fs.writeFileSync(path.join(programs.dataDir, 'farthing.json'), JSON.stringify({ upstreams }));
    for (const until = Date.now() + 10_000; ; await new Promise((again) => setTimeout(again, 100))) {
      if ((await fetch(`${programs.base}/up/rt/v1/models`)).ok) return;
      if (Date.now() > until) throw new Error('farthing.json is not taken over');
    }
  })();

  async function say(rt) {
    let text = '';
    const onDelta = (event) => (text += event.delta);
    rt.on('response.output_text.delta', onDelta);
    const done = rt.emitted('response.done');
    rt.send({ type: 'response.create' });
    const { response } = await done;
    rt.off('response.output_text.delta', onDelta);
    return { text, response };
  }

  return {
    'two responses of a session': async () => {
      await live;
      const rt = open('sk-simulated');
      assert.equal((await rt.emitted('session.created')).session.model, 'gpt-realtime');
      const updated = rt.emitted('session.updated');
      rt.send({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.' } });
      assert.equal((await updated).session.instructions, 'Be brief.');
      for (const wanted of ['resp_1', 'resp_2']) {
        const { text, response } = await say(rt);
        assert.equal(text, 'All is well.');
        assert.equal(response.id, wanted);
        assert.deepEqual(response.usage, usage);
      }
      const closed = once(rt.socket, 'close');
      rt.close({ code: 1000, reason: 'OK' });
      assert.equal((await closed)[0], 1000);

      const wanted = { provider: 'rt', workflow: 'voice', session: 'sess_sdk', status: 200, usage_source: 'provider' };
      const calls = await eventually(() => eventsOf(programs).filter((event) => event.workflow === 'voice'), 3);
      assert.deepEqual(calls.map((event) => event.status).sort(), [101, 200, 200]);
      for (const event of calls.filter((call) => call.status === 200)) {
        for (const [name, value] of Object.entries(wanted)) assert.equal(event[name], value, name);
        assert.equal(event.input_tokens, 200);
        assert.equal(event.cached_input_tokens, 64);
        assert.equal(event.output_tokens, 100);
        assert.equal(event.request_model, 'gpt-realtime');
      }
    },
    'a key that is refused': async () => {
      await live;
      const before = eventsOf(programs).length;
      const rt = open('sk-another');
      const error = await rt.emitted('error').catch((thrown) => thrown);
      assert.match(String(error.cause ?? error.message), /401/);
      const calls = await eventually(() => eventsOf(programs).slice(before), 1);
      assert.equal(calls.length, 1);
      assert.equal(calls[0].status, 401);
    },
  };
}

/** What `find` gives once it is `count` long. */
async function eventually(find, count) {
  for (const until = Date.now() + 10_000; ; await new Promise((again) => setTimeout(again, 100))) {
    const found = find();
    if (found.length >= count || Date.now() > until) return found;
  }
}

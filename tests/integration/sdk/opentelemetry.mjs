// SPDX-License-Identifier: GPL-3.0-or-later
// Spans that OpenTelemetry's own SDK makes and its own exporters send, in both encodings, plain and gzipped.
import assert from 'node:assert/strict';
import { eventsOf, sdk } from './harness.mjs';

const kLimitMs = 10_000;

/** Those that pass, once there are as many. */
async function waitForEvents(programs, count, wanted) {
  for (const until = Date.now() + kLimitMs; ; ) {
    const found = eventsOf(programs).filter(wanted);
    if (found.length >= count || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export default function checks(programs) {
  const { TracerProvider } = sdk('@opentelemetry/sdk-trace');
  const { resourceFromAttributes } = sdk('@opentelemetry/resources');
  const exporters = {
    protobuf: sdk('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter,
    json: sdk('@opentelemetry/exporter-trace-otlp-http').OTLPTraceExporter,
  };
  const url = `${programs.base}/otlp/v1/traces`;

  /** A turn of an agent: one call of a model, one of a tool. */
  function spansOf(service, more = {}) {
    const spans = [];
    const collector = { onStart() {}, onEnd: (span) => spans.push(span), forceFlush: async () => {}, shutdown: async () => {} };
    const provider = new TracerProvider({ resource: resourceFromAttributes({ 'service.name': service }), spanProcessors: [collector] });
    const tracer = provider.getTracer('farthing-tests', '1.0');
    const agent = tracer.startSpan('invoke_agent planner', {
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 1000 },
    });
    tracer.startSpan('execute_tool search', { attributes: { 'gen_ai.operation.name': 'execute_tool' } }).end();
    const chat = tracer.startSpan('chat gpt-4o', {
      attributes: {
        'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o-2024-08-06', 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.output_tokens': 50,
        'gen_ai.usage.cache_read.input_tokens': 800, 'gen_ai.response.finish_reasons': ['stop'],
        'gen_ai.request.temperature': 0.5, 'user.id': 'u_1', ...more,
      },
    });
    chat.addEvent('gen_ai.choice', { index: 0 });
    chat.end();
    agent.end();
    return spans;
  }

  function send(Exporter, spans, options = {}) {
    const exporter = new Exporter({ url, ...options });
    return new Promise((resolve, reject) =>
      exporter.export(spans, (result) => (result.code === 0 ? resolve() : reject(result.error ?? new Error('export failed')))));
  }

  const table = {};
  for (const [encoding, Exporter] of Object.entries(exporters))
    for (const compression of ['none', 'gzip'])
      table[`${encoding}, ${compression}`] = async () => {
        const service = `otel-${encoding}-${compression}`;
        const spans = spansOf(service);
        assert.equal(spans.length, 3);
        await send(Exporter, spans, { compression });
        await send(Exporter, spans, { compression });
        const [event, ...others] = await waitForEvents(programs, 1, (e) => e.workflow === service);
        assert.deepEqual(others, []);
        const { input_tokens, cached_input_tokens, output_tokens, provider, response_model, user, usage_source, priced } = event;
        assert.deepEqual(
          { input_tokens, cached_input_tokens, output_tokens, provider, response_model, user, usage_source, priced: Number(priced) },
          { input_tokens: 1000, cached_input_tokens: 800, output_tokens: 50, provider: 'openai',
            response_model: 'gpt-4o-2024-08-06', user: 'u_1', usage_source: 'provider', priced: 1 });
        assert.equal(event.cost_usd, '0.002');
        assert.ok(spans.some((span) => span.spanContext().traceId === event.session), event.session);
      };
  table['a call through the proxy counts once'] = async () => {
    const reply = await fetch(`${programs.base}/w/otel-both/v1/chat/completions`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: 'Bearer sk-simulated' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
    });
    await reply.text();
    const id = reply.headers.get('x-farthing-event-id');
    await send(exporters.protobuf, spansOf('otel-both', { 'http.response.header.x-farthing-event-id': [id] }));
    await send(exporters.json, spansOf('otel-both', { 'server.address': '127.0.0.1', 'server.port': Number(new URL(programs.base).port) }));
    await send(exporters.json, spansOf('otel-last'));
    await waitForEvents(programs, 1, (e) => e.workflow === 'otel-last');
    const both = await waitForEvents(programs, 1, (e) => e.workflow === 'otel-both');
    assert.deepEqual(both.map((e) => e.event_id), [id]);
  };
  table['what is no span is refused'] = async () => {
    const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/x-protobuf' }, body: 'no spans' });
    assert.equal(reply.status, 400);
    assert.equal(reply.headers.get('content-type'), 'application/x-protobuf');
  };
  return table;
}

// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import { expectEvent, sdk } from './harness.mjs';

const tools = [{
  name: 'get_weather',
  description: 'The weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}];

/** All input, as the event counts it. */
const inputOf = (usage) => usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;

export default function checks(programs) {
  const Anthropic = sdk('@anthropic-ai/sdk');
  const client = new Anthropic({
    apiKey: 'sk-simulated', baseURL: programs.base, maxRetries: 0,
    defaultHeaders: { 'X-Farthing-Workflow': 'sdk-anthropic' },
  });
  const hello = { model: 'claude-sonnet-4-6', max_tokens: 4000, messages: [{ role: 'user', content: 'Say hello.' }] };
  const tagged = { provider: 'anthropic', workflow: 'sdk-anthropic', status: 200, usage_source: 'provider', priced: 1 };

  return {
    'messages': async () => {
      const reply = await client.messages.create(hello);
      assert.equal(reply.model, 'claude-sonnet-4-6');
      assert.equal(reply.content[0].type, 'text');
      await expectEvent(programs, {
        ...tagged, stream: 0, response_model: reply.model, input_tokens: inputOf(reply.usage), output_tokens: reply.usage.output_tokens,
      });
    },
    'stream': async () => {
      const whole = await client.messages.create(hello);
      const stream = client.messages.stream(hello);
      let text = '';
      stream.on('text', (delta) => (text += delta));
      const last = await stream.finalMessage();
      assert.equal(text, whole.content[0].text);
      assert.equal(last.usage.output_tokens, whole.usage.output_tokens);
      await expectEvent(programs, { ...tagged, stream: 1, input_tokens: inputOf(last.usage), output_tokens: last.usage.output_tokens });
    },
    'tools, streamed, and their result': async () => {
      const messages = [{ role: 'user', content: 'How is the weather in Oslo?' }];
      const called = await client.messages.stream({ ...hello, messages, tools }).finalMessage();
      assert.equal(called.stop_reason, 'tool_use');
      assert.equal(typeof called.content[0].input.city, 'string');
      const answer = await client.messages.create({
        ...hello, tools,
        messages: [...messages, { role: 'assistant', content: called.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: called.content[0].id, content: '4 C' }] }],
      });
      assert.equal(answer.stop_reason, 'end_turn');
      await expectEvent(programs, { ...tagged, input_tokens: inputOf(answer.usage) });
    },
    'thinking': async () => {
      const last = await client.messages.stream({ ...hello, max_tokens: 4000, thinking: { type: 'enabled', budget_tokens: 1024 } }).finalMessage();
      assert.equal(last.content[0].type, 'thinking');
      assert.ok(last.content[0].signature.length > 0);
      await expectEvent(programs, { ...tagged, output_tokens: last.usage.output_tokens });
    },
    'cache_control': async () => {
      const system = [
        { type: 'text', text: 'policy '.repeat(2500), cache_control: { type: 'ephemeral', ttl: '1h' } },
        { type: 'text', text: 'today '.repeat(1200), cache_control: { type: 'ephemeral' } },
      ];
      const first = await client.messages.create({ ...hello, system });
      assert.ok(first.usage.cache_creation.ephemeral_1h_input_tokens >= 2500);
      await expectEvent(programs, {
        ...tagged, input_tokens: inputOf(first.usage),
        cache_write_1h_tokens: first.usage.cache_creation.ephemeral_1h_input_tokens,
        cache_write_5m_tokens: first.usage.cache_creation.ephemeral_5m_input_tokens,
      });
      const second = await client.messages.stream({ ...hello, system }).finalMessage();
      assert.equal(second.usage.cache_read_input_tokens, first.usage.cache_creation_input_tokens);
      await expectEvent(programs, { ...tagged, stream: 1, cached_input_tokens: second.usage.cache_read_input_tokens });
    },
    'count_tokens': async () => {
      const { model, messages } = hello;
      const count = await client.messages.countTokens({ model, messages });
      const reply = await client.messages.create(hello);
      assert.equal(count.input_tokens, reply.usage.input_tokens);
    },
    'models': async () => {
      const list = await client.models.list();
      assert.ok(list.data.some((model) => model.id === 'claude-sonnet-4-5-20250929'));
    },
    'an aborted stream': async () => {
      const stream = await client.messages.create(
        { ...hello, max_tokens: 4000, stream: true },
        { headers: { 'X-Sim-Output-Tokens': '4000', 'X-Sim-Fault': 'slow' } });
      let deltas = 0;
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && ++deltas === 4) break;
      }
      await expectEvent(programs, { ...tagged, status: 499, usage_source: (s) => s !== 'none', stream: 1, output_tokens: (n) => n > 0 && n < 4000 });
    },
    'batches': async () => {
      const created = await client.messages.batches.create({ requests: [{ custom_id: 'a', params: hello }] });
      const ended = await client.messages.batches.retrieve(created.id);
      assert.equal(ended.processing_status, 'ended');
      assert.ok(ended.results_url.startsWith(programs.base), ended.results_url);
      for await (const line of await client.messages.batches.results(created.id)) {
        assert.equal(line.custom_id, 'a');
        assert.ok(line.result.message.usage.output_tokens > 0);
      }
    },
    'errors': async () => {
      await assert.rejects(client.messages.create(hello, { headers: { 'X-Sim-Fault': '529' } }),
        (error) => error.status === 529 && error.error.error.type === 'overloaded_error');
      await expectEvent(programs, { status: 529, output_tokens: 0 });
      await assert.rejects(client.messages.create({ ...hello, model: 'claude-does-not-exist' }),
        (error) => error instanceof Anthropic.NotFoundError);
      await assert.rejects(client.messages.create(hello, { headers: { 'x-api-key': 'invalid' } }),
        (error) => error instanceof Anthropic.AuthenticationError);
    },
    'an error within a stream': async () => {
      await assert.rejects(client.messages.stream(hello, { headers: { 'X-Sim-Fault': 'stream-error' } }).finalMessage(),
        (error) => error.message.includes('Overloaded'));
      await expectEvent(programs, { provider: 'anthropic', stream: 1, error: (text) => Boolean(text) });
    },
  };
}

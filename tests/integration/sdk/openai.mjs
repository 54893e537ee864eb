// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { expectEvent, sdk } from './harness.mjs';

globalThis.File ??= File; // which the SDK asks for, and Node 18 does not have

const tools = [{
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city'] },
  },
}];

export default function checks(programs) {
  const OpenAI = sdk('openai');
  const client = new OpenAI({
    apiKey: 'sk-simulated', baseURL: `${programs.base}/v1`, maxRetries: 0,
    defaultHeaders: { 'X-Farthing-Workflow': 'sdk-openai', 'X-Farthing-User': 'u-1' },
  });
  const messages = [{ role: 'user', content: 'Say something about costs.' }];
  const tagged = { provider: 'openai', workflow: 'sdk-openai', user: 'u-1', status: 200, usage_source: 'provider', priced: 1 };

  return {
    'chat': async () => {
      const reply = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
      assert.equal(reply.model, 'gpt-4o-mini-2024-07-18');
      assert.ok(reply.choices[0].message.content.length > 0);
      await expectEvent(programs, {
        ...tagged, stream: 0, request_model: 'gpt-4o-mini', response_model: reply.model,
        input_tokens: reply.usage.prompt_tokens, output_tokens: reply.usage.completion_tokens,
      });
    },
    'stream without include_usage': async () => {
      const whole = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
      let text = '';
      for await (const chunk of await client.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true })) {
        assert.equal(chunk.choices.length, 1, 'the usage chunk must not be seen');
        assert.ok(!('usage' in chunk), 'no usage member was asked for');
        text += chunk.choices[0].delta.content ?? '';
      }
      assert.equal(text, whole.choices[0].message.content);
      await expectEvent(programs, {
        ...tagged, stream: 1, input_tokens: whole.usage.prompt_tokens, output_tokens: whole.usage.completion_tokens,
      });
    },
    'stream with include_usage': async () => {
      let usage = null;
      const options = { model: 'gpt-4o-mini', messages, stream: true, stream_options: { include_usage: true } };
      for await (const chunk of await client.chat.completions.create(options)) usage = chunk.usage ?? usage;
      assert.ok(usage.total_tokens > 0);
      await expectEvent(programs, { ...tagged, stream: 1, output_tokens: usage.completion_tokens });
    },
    'tools, both ways': async () => {
      const asked = [{ role: 'user', content: 'How is the weather in Oslo?' }];
      const reply = await client.chat.completions.create({ model: 'gpt-4o', messages: asked, tools });
      const call = reply.choices[0].message.tool_calls[0];
      assert.equal(call.function.name, 'get_weather');
      assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
      const answer = await client.chat.completions.create({
        model: 'gpt-4o', tools,
        messages: [...asked, reply.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '4 C, rain' }],
      });
      assert.equal(answer.choices[0].finish_reason, 'stop');
      await expectEvent(programs, { ...tagged, input_tokens: answer.usage.prompt_tokens });
    },
    'streamed tool call': async () => {
      const stream = client.chat.completions.stream({
        model: 'gpt-4o', tools, messages: [{ role: 'user', content: 'How is the weather in Oslo?' }],
      });
      const last = await stream.finalChatCompletion();
      assert.equal(last.choices[0].message.tool_calls[0].function.name, 'get_weather');
      await expectEvent(programs, { ...tagged, stream: 1, output_tokens: (n) => n > 0 });
    },
    'responses': async () => {
      const reply = await client.responses.create({ model: 'gpt-5', input: 'Say hello.' });
      assert.ok(reply.output_text.length > 0);
      assert.ok(reply.usage.output_tokens_details.reasoning_tokens > 0);
      await expectEvent(programs, {
        ...tagged, input_tokens: reply.usage.input_tokens, output_tokens: reply.usage.output_tokens,
        reasoning_tokens: reply.usage.output_tokens_details.reasoning_tokens,
      });
    },
    'responses, streamed': async () => {
      const stream = client.responses.stream({ model: 'gpt-4.1', input: 'Say hello.' });
      const last = await stream.finalResponse();
      assert.equal(last.status, 'completed');
      await expectEvent(programs, { ...tagged, stream: 1, output_tokens: last.usage.output_tokens });
    },
    'completions': async () => {
      const reply = await client.completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: 'Once', max_tokens: 8 });
      assert.equal(reply.usage.completion_tokens, 8);
      await expectEvent(programs, { ...tagged, output_tokens: 8 });
    },
    'embeddings': async () => {
      const reply = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two words'] });
      assert.equal(reply.data[1].embedding.length, 1536);
      const norm = Math.hypot(...reply.data[1].embedding);
      assert.ok(Math.abs(norm - 1) < 1e-3, `norm ${norm}`);
      await expectEvent(programs, { ...tagged, input_tokens: 3, output_tokens: 0 });
    },
    'models': async () => {
      const list = await client.models.list();
      assert.ok(list.data.some((model) => model.id === 'gpt-4o'));
    },
    'prompt cache': async () => {
      const long = [{ role: 'system', content: 'policy '.repeat(2000) }, { role: 'user', content: 'Well?' }];
      await client.chat.completions.create({ model: 'gpt-4o-mini', messages: long });
      const reply = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: long });
      const cached = reply.usage.prompt_tokens_details.cached_tokens;
      assert.ok(cached >= 1024 && cached % 128 === 0, `cached ${cached}`);
      await expectEvent(programs, { ...tagged, cached_input_tokens: cached });
    },
    'an aborted stream': async () => {
      const stream = await client.chat.completions.create(
        { model: 'gpt-4o-mini', messages, stream: true, max_tokens: 4000 },
        { headers: { 'X-Sim-Output-Tokens': '4000', 'X-Sim-Fault': 'slow' } });
      let chunks = 0;
      for await (const chunk of stream) {
        assert.equal(chunk.object, 'chat.completion.chunk');
        if (++chunks === 5) break; // the SDK aborts its request
      }
      await expectEvent(programs, { ...tagged, status: 499, usage_source: 'estimated', stream: 1, output_tokens: (n) => n > 0 && n < 4000 });
    },
    'files and batches': async () => {
      const line = JSON.stringify({ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages } });
      const file = await client.files.create({ file: new File([line], 'in.jsonl'), purpose: 'batch' });
      const created = await client.batches.create({
        input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h',
      });
      const done = await client.batches.retrieve(created.id);
      assert.equal(done.status, 'completed');
      const output = JSON.parse(await (await client.files.content(done.output_file_id)).text());
      assert.ok(output.response.body.usage.total_tokens > 0);
    },
    'errors': async () => {
      const model = 'gpt-4o-mini';
      await assert.rejects(client.chat.completions.create({ model, messages }, { headers: { 'X-Sim-Fault': '429' } }),
        (error) => error instanceof OpenAI.RateLimitError && error.headers.get('retry-after') === '1');
      await expectEvent(programs, { status: 429, output_tokens: 0 });
      await assert.rejects(client.chat.completions.create({ model: 'gpt-does-not-exist', messages }),
        (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found');
      await expectEvent(programs, { status: 404 });
      await assert.rejects(client.chat.completions.create({ model, messages }, { headers: { Authorization: 'Bearer invalid' } }),
        (error) => error instanceof OpenAI.AuthenticationError);
    },
  };
}

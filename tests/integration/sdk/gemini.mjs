// SPDX-License-Identifier: GPL-3.0-or-later
import assert from 'node:assert/strict';
import { expectEvent, sdk } from './harness.mjs';

export default function checks(programs) {
  const { GoogleGenAI } = sdk('@google/genai');
  const client = (headers = {}) => new GoogleGenAI({
    apiKey: 'sk-simulated',
    httpOptions: { baseUrl: programs.base, headers: { 'X-Farthing-Workflow': 'sdk-gemini', ...headers } },
  });
  const models = client().models;
  const hello = { model: 'gemini-2.5-flash', contents: 'Say hello.' };
  const tagged = { provider: 'gemini', workflow: 'sdk-gemini', status: 200, usage_source: 'provider', priced: 1 };
  const outputOf = (usage) => usage.candidatesTokenCount + (usage.thoughtsTokenCount ?? 0);

  return {
    'generateContent': async () => {
      const reply = await models.generateContent(hello);
      assert.ok(reply.text.length > 0);
      await expectEvent(programs, {
        ...tagged, stream: 0, request_model: 'gemini-2.5-flash', input_tokens: reply.usageMetadata.promptTokenCount,
        output_tokens: outputOf(reply.usageMetadata), reasoning_tokens: reply.usageMetadata.thoughtsTokenCount,
      });
    },
    'stream': async () => {
      const whole = await models.generateContent(hello);
      let text = '';
      let usage = null;
      for await (const chunk of await models.generateContentStream(hello)) {
        text += chunk.text ?? '';
        usage = chunk.usageMetadata;
      }
      assert.equal(text, whole.text);
      await expectEvent(programs, { ...tagged, stream: 1, output_tokens: outputOf(usage) });
    },
    'function call': async () => {
      const reply = await models.generateContent({
        model: 'gemini-2.5-flash', contents: 'How is the weather in Oslo?',
        config: { tools: [{ functionDeclarations: [{ name: 'get_weather', parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } } } }] }] },
      });
      assert.equal(reply.functionCalls[0].name, 'get_weather');
      assert.equal(typeof reply.functionCalls[0].args.city, 'string');
      await expectEvent(programs, { ...tagged, output_tokens: outputOf(reply.usageMetadata) });
    },
    'embedContent': async () => {
      const reply = await models.embedContent({ model: 'gemini-embedding-001', contents: ['one', 'two words'] });
      assert.equal(reply.embeddings.length, 2);
      assert.equal(reply.embeddings[0].values.length, 3072);
      await expectEvent(programs, { provider: 'gemini', status: 200 });
    },
    'countTokens': async () => {
      const count = await models.countTokens(hello);
      const reply = await models.generateContent(hello);
      assert.equal(count.totalTokens, reply.usageMetadata.promptTokenCount);
    },
    'models': async () => {
      const names = [];
      for await (const model of await models.list()) names.push(model.name);
      assert.ok(names.includes('models/gemini-2.5-flash'), names.join(' '));
    },
    'an aborted stream': async () => {
      const slow = client({ 'X-Sim-Output-Tokens': '4000', 'X-Sim-Fault': 'slow' }).models;
      const aborter = new AbortController();
      let chunks = 0;
      await assert.rejects(async () => {
        const config = { abortSignal: aborter.signal, thinkingConfig: { thinkingBudget: 0 } };
        for await (const chunk of await slow.generateContentStream({ ...hello, config })) {
          if (chunk.text && ++chunks === 3) aborter.abort();
        }
      });
      assert.equal(chunks, 3);
      await expectEvent(programs, { ...tagged, status: 499, usage_source: (s) => s !== 'none', output_tokens: (n) => n > 0 && n < 4000 });
    },
    'batches': async () => {
      const created = await client().batches.create({
        model: 'gemini-2.5-flash', src: [{ contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] }],
      });
      const done = await client().batches.get({ name: created.name });
      assert.equal(done.state, 'JOB_STATE_SUCCEEDED');
      assert.ok(done.dest.inlinedResponses[0].response.usageMetadata.totalTokenCount > 0);
    },
    'errors': async () => {
      await assert.rejects(client({ 'X-Sim-Fault': '429' }).models.generateContent(hello), (error) => error.status === 429);
      await expectEvent(programs, { status: 429, output_tokens: 0 });
      await assert.rejects(models.generateContent({ ...hello, model: 'gemini-nonexistent' }), (error) => error.status === 404);
    },
  };
}

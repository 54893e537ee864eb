// SPDX-License-Identifier: GPL-3.0-or-later
// The calls of a soak: what is asked in each wire format, what its reply says was used, and what may become of it.

/** What the simulator does to a call (X-Sim-Fault), or its client, and how it should then look from both sides. */
export const fates = {
  none: { share: 0.92, ends: ['200'], recorded: ['200'] },
  slow: { share: 0.005, fault: 'slow', ends: ['200'], recorded: ['200'] },
  429: { share: 0.01, fault: '429', ends: ['429'], recorded: ['429'] },
  500: { share: 0.01, fault: '500', ends: ['500'], recorded: ['500'] },
  529: { share: 0.01, fault: '529', ends: ['529', '503'], recorded: ['529', '503'] },
  reset: { share: 0.005, fault: 'reset', ends: ['502'], recorded: ['502'] },
  truncate: { share: 0.01, fault: 'truncate', ends: ['broken'], recorded: ['599'] },
  malformed: { share: 0.005, fault: 'malformed', ends: ['200'], recorded: ['200'] },
  'stream-error': { share: 0.01, streamed: true, fault: 'stream-error', ends: ['200'], recorded: ['599'] },
  hang: { share: 0.005, fault: 'hang', patienceMs: 4000, ends: ['given up'], recorded: ['499'] },
  // Its whole reply may have been under way to the client already.
  abort: { share: 0.01, streamed: true, leaves: true, ends: ['given up', '200'], recorded: ['499', '200'] },
};

const lastOf = (text, name) => Number([...text.matchAll(new RegExp(`"${name}":\\s*(\\d+)`, 'g'))].pop()?.[1] ?? 0);

function isJson(text) {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/**
 * Each: how to ask, whether a reply of status 200 is all there, and the tokens that its text reports, all of the
 * prompt's and all of the answer's.
 */
export const wires = [
  {
    path: () => '/v1/chat/completions',
    headers: { Authorization: 'Bearer sk-soak' },
    body: (text, stream) => ({
      model: 'gpt-4o', max_tokens: 120, messages: [{ role: 'user', content: text }],
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
    usage: (text) => [lastOf(text, 'prompt_tokens'), lastOf(text, 'completion_tokens')],
    isWhole: (text, stream) => (stream ? text.endsWith('data: [DONE]\n\n') : isJson(text)),
  },
  {
    path: () => '/v1/messages',
    headers: { 'x-api-key': 'sk-ant-soak', 'anthropic-version': '2023-06-01' },
    body: (text, stream) => ({
      model: 'claude-sonnet-4-5', max_tokens: 120, messages: [{ role: 'user', content: text }], ...(stream && { stream }),
    }),
    usage: (text) => [
      lastOf(text, 'input_tokens') + lastOf(text, 'cache_read_input_tokens') + lastOf(text, 'cache_creation_input_tokens'),
      lastOf(text, 'output_tokens'),
    ],
    isWhole: (text, stream) => (stream ? /"type":\s*"message_stop"/.test(text) : isJson(text)),
  },
  {
    path: (stream) => `/v1beta/models/gemini-2.5-flash:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: { 'x-goog-api-key': 'soak' },
    body: (text) => ({ contents: [{ role: 'user', parts: [{ text }] }], generationConfig: { maxOutputTokens: 120 } }),
    usage: (text) => [lastOf(text, 'promptTokenCount'), lastOf(text, 'candidatesTokenCount') + lastOf(text, 'thoughtsTokenCount')],
    isWhole: (text, stream) => (stream ? /"finishReason"/.test(text) : isJson(text)),
  },
];

/** mulberry32: the same calls each time. */
export function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function fateOf(drawn) {
  let rest = drawn;
  for (const [name, fate] of Object.entries(fates)) {
    if (rest < fate.share) return name;
    rest -= fate.share;
  }
  return 'none';
}

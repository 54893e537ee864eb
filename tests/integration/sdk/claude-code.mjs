// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the Claude Code command line without a terminal, with a home of its own and nothing of the caller's environment.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { skip, stopPrograms } from '../programs.mjs';
import { eventsOf, packageDir } from './harness.mjs';

const kLimitMs = 60_000;

function run(programs, prompt) {
  const home = path.join(programs.dataDir, 'home');
  fs.mkdirSync(home, { recursive: true });
  const script = path.join(packageDir('@anthropic-ai/claude-code'), 'cli-wrapper.cjs');
  const child = spawn(process.execPath, [script, '-p', prompt, '--output-format', 'json'], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: kLimitMs,
    env: {
      PATH: process.env.PATH, HOME: home, ANTHROPIC_BASE_URL: programs.base, ANTHROPIC_API_KEY: 'sk-simulated',
      ANTHROPIC_CUSTOM_HEADERS: 'X-Farthing-Workflow: claude-code', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_TELEMETRY: '1', DISABLE_AUTOUPDATER: '1',
    },
  });
  return new Promise((resolve) => {
    let out = '';
    let errors = '';
    child.stdout.on('data', (data) => (out += data));
    child.stderr.on('data', (data) => (errors += data));
    child.on('close', (code) => resolve({ code, out, errors }));
  });
}

export default function checks(programs) {
  return {
    'claude -p "say hi"': async () => {
      const { code, out, errors } = await run(programs, 'say hi');
      let result = null;
      try {
        result = JSON.parse(out);
      } catch {
        await stopPrograms();
        skip(`claude cannot run here: ${(errors || out).trim().split('\n')[0]}`);
      }
      assert.equal(code, 0, errors);
      assert.equal(result.is_error, false);
      assert.ok(result.result.length > 0);
      if (!programs.viaProxy) return;
      let mine = [];
      for (const until = Date.now() + 10_000; mine.length === 0 && Date.now() < until; ) {
        mine = (await eventsOf(programs)).filter((event) => event.workflow === 'claude-code' && event.output_tokens > 0);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const usage = result.usage;
      const wanted = usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
      const event = mine.find((candidate) => Number(candidate.input_tokens) === wanted);
      assert.ok(event, `no event with ${wanted} input tokens among ${JSON.stringify(mine)}`);
      assert.equal(Number(event.output_tokens), usage.output_tokens);
      assert.equal(Number(event.stream), 1);
    },
  };
}

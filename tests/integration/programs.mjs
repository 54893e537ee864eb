// SPDX-License-Identifier: GPL-3.0-or-later
// Starts farthing-sim, and farthingd before it where asked; both end with this process, however it ends.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const kSkipped = 77;
const kStartMs = 15_000;

export function skip(reason) {
  console.log(`SKIP: ${reason}`);
  process.exit(kSkipped);
}

/** None outlives this process, however it ends. */
const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1));

function start(program, args, env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  child.errors = '';
  child.stderr.on('data', (data) => (child.errors += data));
  child.gone = new Promise((resolve) => child.on('close', resolve));
  started.push(child);
  return child;
}

async function startSim(binDir, latencyScale) {
  const options = ['--listen', '127.0.0.1:0', '--latency-scale', latencyScale];
  const sim = start(path.join(binDir, 'farthing-sim'), ['serve', ...options]);
  const line = await new Promise((resolve, reject) => {
    let text = '';
    sim.stdout.on('data', (data) => {
      text += data;
      sim.lines = text.split('\n');
      if (text.includes('\n')) resolve(sim.lines[0]);
    });
    sim.on('exit', (code) => reject(new Error(`farthing-sim ended with ${code}: ${sim.errors}`)));
  });
  // What it tells at its end: how many calls came.
  return { base: `http://${JSON.parse(line).listening}`, calls: () => JSON.parse(sim.lines[1]).calls };
}

async function startProxy(binDir, sim, dataDir) {
  const program = path.join(binDir, 'farthingd');
  if (!fs.existsSync(program)) skip('farthingd is not built');
  const proxy = start(program, ['--listen', '127.0.0.1:0', '--data-dir', dataDir], {
    FARTHING_UPSTREAM_OPENAI: `${sim}/v1`,
    FARTHING_UPSTREAM_ANTHROPIC: sim,
    FARTHING_UPSTREAM_GEMINI: sim,
    http_proxy: '',
    https_proxy: '',
    no_proxy: '*',
  });
  proxy.stdout.resume();
  for (const until = Date.now() + kStartMs; ; ) {
    const serving = path.join(dataDir, 'serving.json');
    if (fs.existsSync(serving)) return { base: `http://${JSON.parse(fs.readFileSync(serving)).listen}`, pid: proxy.pid };
    if (Date.now() > until || proxy.exitCode !== null) throw new Error(`farthingd does not serve: ${proxy.errors}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `route` is "direct" or "proxy". */
export async function startPrograms(binDir, route, latencyScale = 0.02) {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'farthing-programs-'));
  process.on('exit', () => fs.rmSync(dataDir, { recursive: true, force: true }));
  const { base: sim, calls } = await startSim(binDir, latencyScale);
  const proxy = route === 'proxy' ? await startProxy(binDir, sim, dataDir) : null;
  return { binDir, sim, base: proxy?.base ?? sim, dataDir, simCalls: calls, pid: proxy?.pid, viaProxy: proxy !== null };
}

/** What ended otherwise than by itself with 0, in words. */
export async function stopPrograms() {
  const failures = [];
  for (const child of started.reverse()) {
    child.kill('SIGTERM');
    await child.gone;
    if (child.exitCode !== 0) failures.push(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode}: ${child.errors}`);
  }
  return failures;
}

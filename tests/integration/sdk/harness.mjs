// SPDX-License-Identifier: GPL-3.0-or-later
// Starts farthing-sim, and farthingd before it where asked; gives the SDKs a base URL and the checks their events.
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kSkipped = 77;
const kStartMs = 15_000;

export function skip(reason) {
  console.log(`SKIP: ${reason}`);
  process.exit(kSkipped);
}

const cacheDir = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'farthing-tests');

/** Installs the pinned packages where they are not; skips the test where that cannot be done. */
export function installPackages() {
  const wanted = fs.readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), 'package.json'), 'utf8');
  const manifest = path.join(cacheDir, 'package.json');
  const done = path.join(cacheDir, 'installed.json');
  if (fs.existsSync(done) && fs.readFileSync(done, 'utf8') === wanted) return;
  // Without a registry each suite would wait for npm again.
  const failed = path.join(cacheDir, 'failed.txt');
  if (fs.existsSync(failed) && Date.now() - fs.statSync(failed).mtimeMs < 600_000) skip(fs.readFileSync(failed, 'utf8'));
  fs.mkdirSync(cacheDir, { recursive: true });
  fs.writeFileSync(manifest, wanted);
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=1', '--fetch-timeout=30000'];
  const npm = spawnSync('npm', ['install', ...options], { cwd: cacheDir, timeout: 240_000 });
  if (npm.status !== 0) {
    const reason = String(npm.error || npm.stderr).trim().split('\n').pop();
    fs.writeFileSync(failed, `npm could not install the SDKs: ${reason}`);
    skip(fs.readFileSync(failed, 'utf8'));
  }
  fs.writeFileSync(done, wanted);
}

const load = createRequire(path.join(cacheDir, 'package.json'));
export function sdk(name) {
  try {
    return load(name);
  } catch (error) {
    skip(`${name} cannot be loaded by node ${process.version}: ${error.message}`);
  }
}
export const packageDir = (name) => path.join(cacheDir, 'node_modules', name);

/** Every reply's headers pass here, so that a check knows the event of the call it just made. */
let lastEventId = null;
const plainFetch = globalThis.fetch;
globalThis.fetch = async (...args) => {
  const response = await plainFetch(...args);
  lastEventId = response.headers.get('x-farthing-event-id');
  return response;
};

/** None outlives this process, however it ends. */
const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

function start(program, args, env) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  child.errors = '';
  child.stderr.on('data', (data) => (child.errors += data));
  child.gone = new Promise((resolve) => child.on('exit', resolve));
  started.push(child);
  return child;
}

async function startSim(binDir) {
  const sim = start(path.join(binDir, 'farthing-sim'), ['serve', '--listen', '127.0.0.1:0', '--latency-scale', '0.02']);
  const line = await new Promise((resolve, reject) => {
    let text = '';
    sim.stdout.on('data', (data) => {
      text += data;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    sim.on('exit', (code) => reject(new Error(`farthing-sim ended with ${code}: ${sim.errors}`)));
  });
  return `http://${JSON.parse(line).listening}`;
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startProxy(binDir, sim, dataDir) {
  const program = path.join(binDir, 'farthingd');
  if (!fs.existsSync(program)) skip('farthingd is not built');
  const listen = `127.0.0.1:${await freePort()}`;
  const proxy = start(program, ['--listen', listen, '--data-dir', dataDir], {
    FARTHING_UPSTREAM_OPENAI: `${sim}/v1`,
    FARTHING_UPSTREAM_ANTHROPIC: sim,
    FARTHING_UPSTREAM_GEMINI: sim,
    http_proxy: '',
    https_proxy: '',
    no_proxy: '*',
  });
  proxy.stdout.resume();
  for (const until = Date.now() + kStartMs; ; ) {
    const health = await plainFetch(`http://${listen}/farthing/v1/health`).catch(() => null);
    if (health?.ok) return `http://${listen}`;
    if (Date.now() > until || proxy.exitCode !== null) throw new Error(`farthingd does not serve: ${proxy.errors}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** `route` is "direct" or "proxy". */
export async function startPrograms(binDir, route) {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'farthing-sdk-'));
  process.on('exit', () => fs.rmSync(dataDir, { recursive: true, force: true }));
  const sim = await startSim(binDir);
  const base = route === 'proxy' ? await startProxy(binDir, sim, dataDir) : sim;
  return { sim, base, dataDir, viaProxy: route === 'proxy' };
}

export async function stopPrograms() {
  for (const child of started.reverse()) {
    child.kill('SIGTERM');
    await child.gone;
  }
}

/** The event of the last call, once it is in the store; null where no proxy is in between. */
export async function eventOfLastCall(programs) {
  if (!programs.viaProxy) return null;
  if (!lastEventId) throw new Error('the reply carried no X-Farthing-Event-Id');
  return waitForEvent(programs, lastEventId);
}

export async function waitForEvent(programs, id) {
  for (const until = Date.now() + 10_000; ; ) {
    const reply = await plainFetch(`${programs.base}/farthing/v1/events/${id}`);
    if (reply.ok) return reply.json();
    if (Date.now() > until) throw new Error(`event ${id}: ${reply.status} ${await reply.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Everything in the store. */
export function eventsOf(programs) {
  const ctl = path.join(programs.binDir, 'farthingctl');
  const exported = spawnSync(ctl, ['export', 'events', '--format', 'json', '--data-dir', programs.dataDir], { encoding: 'utf8' });
  if (exported.status !== 0) throw new Error(`farthingctl export: ${exported.stderr}`);
  const text = exported.stdout.trim();
  return text.startsWith('[') ? JSON.parse(text) : text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** Compares the named fields of an event; nothing to compare where no proxy is in between. */
export async function expectEvent(programs, fields) {
  const event = await eventOfLastCall(programs);
  if (!event) return null;
  for (const [name, wanted] of Object.entries(fields)) {
    const same = typeof wanted === 'function' ? wanted(event[name]) : normalised(event[name]) === normalised(wanted);
    if (!same) throw new Error(`event.${name} is ${JSON.stringify(event[name])}, expected ${wanted}`);
  }
  return event;
}

/** Flags may be written 0/1 or false/true. */
function normalised(value) {
  return typeof value === 'boolean' ? Number(value) : value;
}

export async function runChecks(checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const begun = Date.now();
    try {
      await check();
      console.log(`PASS ${name} (${Date.now() - begun} ms)`);
    } catch (error) {
      ++failed;
      console.log(`FAIL ${name}: ${error.stack || error}`);
    }
  }
  return failed;
}

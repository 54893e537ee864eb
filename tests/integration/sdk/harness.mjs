// SPDX-License-Identifier: GPL-3.0-or-later
// What the SDKs' suites share: their packages, and the checks of the events that their calls became.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { skip } from '../programs.mjs';

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

/** farthingctl's answer where no event matches, as in a store before its first commit. */
const nothingFound = 3;

/** Everything in the store. */
export function eventsOf(programs) {
  const ctl = path.join(programs.binDir, 'farthingctl');
  const exported = spawnSync(ctl, ['export', 'events', '--format', 'json', '--data-dir', programs.dataDir], { encoding: 'utf8' });
  if (exported.status === nothingFound) return [];
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

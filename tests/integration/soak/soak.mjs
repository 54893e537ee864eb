// SPDX-License-Identifier: GPL-3.0-or-later
// Calls at a steady rate for as long as asked, a third of them streams; the simulator and the clients fail at random.
// Now and then the store is locked for seconds and the configuration read again. At the end each call has to have ended
// as its fault demands and no other way, to be one event of that status, and the tokens that the clients read to be the
// tokens in the store; farthingd's memory is told, and over half an hour or more its growth is bounded.
//   node soak.mjs BIN_DIR [SECONDS] [CALLS_PER_SECOND]
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';
import { skip, startPrograms, stopPrograms } from '../programs.mjs';
import { fateOf, fates, randomOf, wires } from './calls.mjs';

const [binDir, seconds = 60, rate = 200] = process.argv.slice(2).map((word, at) => (at === 0 ? word : Number(word)));
const kMostGrowthMibPerHour = 2;
const kGrowthIsToldAfterS = 1800;
const kPatienceMs = 60_000;
const kSampleEveryMs = 5_000;
const kReloadEveryMs = 60_000;
const kLockEveryMs = Math.min(120_000, (seconds * 1000) / 3);
const kLockedForMs = 4_000;
if (spawnSync('sqlite3', ['-version']).error) skip('sqlite3 is not installed');

const programs = await startPrograms(binDir, 'proxy', 1);
const { hostname, port } = new URL(programs.base);
const agent = new http.Agent({ keepAlive: true });
const random = randomOf(1);
const begun = performance.now();
const elapsedMs = () => performance.now() - begun;

/** What the clients saw, by fate: ends by name, streams, tokens. */
const seen = Object.fromEntries(Object.keys(fates).map((name) => [name, { calls: 0, streams: 0, ends: {}, input: 0, output: 0 }]));
const surprises = [];

function call(name, wire, stream) {
  const fate = fates[name];
  const body = JSON.stringify(wire.body('What is a farthing? '.repeat(1 + Math.floor(random() * 200)), stream));
  const headers = {
    ...wire.headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
    'X-Farthing-Workflow': `soak-${name}`, ...(fate.fault && { 'X-Sim-Fault': fate.fault }),
  };
  return new Promise((resolve) => {
    const options = { hostname, port, agent, headers, method: 'POST', path: wire.path(stream) };
    let gaveUp = false;
    const request = http.request(options);
    const giveUp = () => {
      gaveUp = true;
      request.destroy();
    };
    request.setTimeout(fate.patienceMs ?? kPatienceMs, giveUp);
    request.on('error', (error) => resolve({ end: gaveUp ? 'given up' : `broken before its head: ${error.message}` }));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => {
        text += piece;
        if (fate.leaves) giveUp();
      });
      response.on('error', () => resolve({ end: gaveUp ? 'given up' : 'broken' }));
      response.on('end', () => resolve({ end: String(response.statusCode), text }));
    });
    request.end(body);
  });
}

async function one() {
  const name = fateOf(random());
  const stream = fates[name].streamed ?? random() < 1 / 3;
  const wire = wires[Math.floor(random() * wires.length)];
  const { end, text } = await call(name, wire, stream);
  const tally = seen[name];
  ++tally.calls;
  tally.streams += stream;
  tally.ends[end] = (tally.ends[end] ?? 0) + 1;
  if (!fates[name].ends.includes(end)) surprises.push(`${Math.round(elapsedMs() / 1000)} s: ${name} ended with ${end}: ${text?.slice(0, 200)}`);
  if (end === '200' && (name === 'none' || name === 'slow')) {
    if (!wire.isWhole(text, stream)) surprises.push(`${name}: a reply that ended early as if it were whole: ${text.slice(-200)}`);
    const [input, output] = wire.usage(text);
    if (!(input > 0 && output > 0)) surprises.push(`${name}: a reply without usage: ${text.slice(-200)}`);
    tally.input += input;
    tally.output += output;
  }
}

const rssSamples = []; // [hours, MiB]
function sample() {
  const status = fs.readFileSync(`/proc/${programs.pid}/status`, 'utf8');
  rssSamples.push([elapsedMs() / 3_600_000, Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024]);
}

let locks = 0;
let locksFailed = 0;
function lockStore() {
  const shell = spawn('sqlite3', [path.join(programs.dataDir, 'events.db')], { stdio: ['pipe', 'ignore', 'inherit'] });
  shell.stdin.write('.timeout 2000\nBEGIN IMMEDIATE;\n');
  setTimeout(() => shell.stdin.end('COMMIT;\n'), kLockedForMs);
  shell.on('exit', (code) => (code === 0 ? ++locks : ++locksFailed));
}

const timers = [
  setInterval(sample, kSampleEveryMs),
  setInterval(() => process.kill(programs.pid, 'SIGHUP'), kReloadEveryMs),
  setInterval(lockStore, kLockEveryMs),
];
const underWay = new Set();
let asked = 0;
await new Promise((resolve) => {
  const pace = setInterval(() => {
    const now = Math.min(elapsedMs() / 1000, seconds);
    for (const due = Math.floor(now * rate); asked < due; ++asked) {
      const ended = one().finally(() => underWay.delete(ended));
      underWay.add(ended);
    }
    if (now === seconds) {
      clearInterval(pace);
      resolve();
    }
  }, 5);
});
timers.forEach(clearInterval);
await Promise.all(underWay);
sample();
agent.destroy();
const peakMib = Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${programs.pid}/status`, 'utf8'))[1]) / 1024;
await new Promise((resolve) => setTimeout(resolve, kLockedForMs));
const failures = await stopPrograms();

/** What the store holds, by workflow: events by status, tokens. */
const recorded = {};
const exporter = spawn(path.join(binDir, 'farthingctl'), ['export', 'events', '--data-dir', programs.dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
const exporterEnd = new Promise((resolve) => exporter.on('exit', (code, signal) => resolve(code ?? signal)));
const ids = new Set();
let columns = null;
for await (const line of readline.createInterface({ input: exporter.stdout })) {
  const cells = line.split(',');
  if (!columns) {
    columns = Object.fromEntries(cells.map((name, at) => [name, at]));
    continue;
  }
  const events = (recorded[cells[columns.workflow]] ??= { statuses: {}, count: 0, input: 0, output: 0 });
  ++events.count;
  ids.add(cells[columns.event_id]);
  events.statuses[cells[columns.status]] = (events.statuses[cells[columns.status]] ?? 0) + 1;
  events.input += Number(cells[columns.input_tokens]);
  events.output += Number(cells[columns.output_tokens]);
}

const exported = await exporterEnd;
if (exported !== 0) failures.push(`the events could not be exported: ${exported}`);
let calls = 0;
let events = 0;
for (const [name, fate] of Object.entries(fates)) {
  const { calls: made, streams, ends, input, output } = seen[name];
  const rows = recorded[`soak-${name}`] ?? { statuses: {}, count: 0, input: 0, output: 0 };
  calls += made;
  events += rows.count;
  const list = (counts) => Object.entries(counts).map(([what, count]) => `${what}: ${count}`).join(', ');
  console.log(`${name}: ${made} calls, ${streams} streamed; the clients saw ${list(ends)}; recorded ${list(rows.statuses)}`);
  // Statuses that both sides see; a reply may have been out before its client left, and 599 is told by a broken end.
  for (const status of Object.keys(rows.statuses).filter((known) => known < 499 || (known > 499 && known < 598))) {
    const same = (ends[status] ?? 0) === rows.statuses[status] || (fate.leaves && (ends[status] ?? 0) <= rows.statuses[status]);
    if (!same) failures.push(`${name}: ${ends[status] ?? 0} clients saw ${status}, ${rows.statuses[status]} events`);
  }
  if (rows.count !== made) failures.push(`${name}: ${made} calls, ${rows.count} events`);
  for (const status of Object.keys(rows.statuses)) {
    if (!fate.recorded.includes(status)) failures.push(`${name}: ${rows.statuses[status]} events of status ${status}`);
  }
  if (input > 0 && (input !== rows.input || output !== rows.output))
    failures.push(`${name}: ${input} + ${output} tokens read, ${rows.input} + ${rows.output} recorded`);
  if (input > 0) console.log(`${name}: ${input} + ${output} tokens read by the clients, ${rows.input} + ${rows.output} recorded`);
}
for (const workflow of Object.keys(recorded).filter((known) => !(known.replace('soak-', '') in fates)))
  failures.push(`${recorded[workflow].count} events of a workflow that nobody asked for: ${workflow}`);
if (ids.size !== asked) failures.push(`${asked} calls, ${ids.size} ids of events`);
if (programs.simCalls() !== asked) failures.push(`${asked} calls, ${programs.simCalls()} reached the upstream`);
if (asked !== Math.floor(seconds * rate)) failures.push(`${asked} calls instead of ${seconds * rate}`);
if (locks === 0 || locksFailed > 0) failures.push(`the store was locked ${locks} times, and ${locksFailed} times could not be`);
if (calls !== asked) failures.push(`${asked} calls asked for, ${calls} ended`);
if (surprises.length > 0) failures.push(`${surprises.length} calls ended otherwise:`, ...surprises.slice(0, 20));

/** Least squares, over the second half: what warms up is not growth. */
const late = rssSamples.filter(([hours]) => hours * 3600 > seconds / 2);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const [meanHours, meanMib] = [mean(late.map(([hours]) => hours)), mean(late.map(([, mib]) => mib))];
const slope = late.reduce((sum, [hours, mib]) => sum + (hours - meanHours) * (mib - meanMib), 0)
  / late.reduce((sum, [hours]) => sum + (hours - meanHours) ** 2, 0);
console.log(`${asked} calls in ${seconds} s, ${programs.simCalls()} at the upstream, ${events} events, ${ids.size} ids; the store was locked ${locks} times for ${kLockedForMs / 1000} s`);
console.log(`RSS ${meanMib.toFixed(1)} MiB over the second half, peak ${peakMib.toFixed(1)} MiB, ${slope.toFixed(2)} MiB an hour`);
if (seconds >= kGrowthIsToldAfterS && slope > kMostGrowthMibPerHour) failures.push(`memory grows by ${slope.toFixed(2)} MiB an hour`);
failures.forEach((failure) => console.log(`FAIL ${failure}`));
process.exit(failures.length === 0 ? 0 : 1);

// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks, of a store and of DuckDB with the same events, in milliseconds:
//     node compare-with-duckdb.mjs DATA_DIR [ROUNDS]
// needs npm's @duckdb/node-api where node finds it (NODE_PATH too), and bench_queries and farthingctl beside
// each other in FARTHING_BIN (default: build/release/bin).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [dataDir, rounds = '11'] = process.argv.slice(2);
if (!dataDir) {
  console.error('usage: node compare-with-duckdb.mjs DATA_DIR [ROUNDS]');
  process.exit(2);
}
const bin = process.env.FARTHING_BIN || 'build/release/bin';
const { DuckDBInstance } = createRequire(import.meta.url)('@duckdb/node-api');

function run(program, ...args) {
  const done = spawnSync(path.join(bin, program), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr || done.error}`);
  return done.stdout;
}

const file = path.join(dataDir, 'events.duckdb');
if (!fs.existsSync(file)) {
  const csv = path.join(dataDir, 'events.csv.tmp');
  run('farthingctl', '--data-dir', dataDir, 'export', 'events', '-o', csv);
  const db = await (await DuckDBInstance.create(file)).connect();
  await db.run(`CREATE TABLE events AS SELECT time, workflow, "user", feature, response_model AS model, status,
      input_tokens + output_tokens AS tokens, CAST(cost_usd * 1000000000 AS BIGINT) AS cost
    FROM read_csv('${csv}', header = true, types = {'time': 'TIMESTAMP', 'cost_usd': 'DECIMAL(18,9)',
      'user': 'VARCHAR', 'error': 'VARCHAR', 'feature': 'VARCHAR', 'session': 'VARCHAR'}) ORDER BY time`);
  await db.run('CHECKPOINT');
  db.closeSync();
  fs.unlinkSync(csv);
}

const db = await (await DuckDBInstance.create(file, { access_mode: 'READ_ONLY', threads: '1' })).connect();
const first = async (sql) => (await db.runAndReadAll(sql)).getRows()[0];
const user = (await first('SELECT "user" FROM events GROUP BY 1 ORDER BY count(*) DESC LIMIT 1 OFFSET 2'))[0];
const workflow = (await first(`SELECT workflow FROM events WHERE "user" = '${user}' GROUP BY 1 ORDER BY count(*) DESC`))[0];
const within = (days, round) => {
  const until = `(SELECT max(time) FROM events) - INTERVAL '17 minutes 23 seconds' - INTERVAL '${61 * round} seconds'`;
  return `time >= ${until} - INTERVAL '${days} days' AND time < ${until}`;
};
const three = `"user" = '${user}' AND workflow = '${workflow}' AND status = 200`;
const questions = {
  'cost by workflow': (r) => `SELECT workflow, sum(cost), count(*) FROM events WHERE ${within(30, r)} GROUP BY 1 ORDER BY 2 DESC`,
  'top 50 users': (r) => `SELECT "user", sum(cost), count(*) FROM events WHERE ${within(30, r)} GROUP BY 1 ORDER BY 2 DESC LIMIT 50`,
  'token percentiles by workflow': (r) =>
    `SELECT workflow, quantile_disc(tokens, [0.5, 0.95, 0.99]), sum(cost) FROM events WHERE ${within(30, r)} GROUP BY 1`,
  'hourly series': (r) => `SELECT date_trunc('hour', time), sum(cost), count(*) FROM events WHERE ${within(30, r)} GROUP BY 1 ORDER BY 1`,
  '100 most expensive': (r) => `SELECT * FROM events WHERE ${within(30, r)} ORDER BY cost DESC LIMIT 100`,
  'workflow x model': (r) => `SELECT workflow, model, sum(cost), count(*) FROM events WHERE ${within(30, r)} GROUP BY 1, 2`,
  "one user's features": (r) =>
    `SELECT feature, sum(cost), count(*) FROM events WHERE ${within(7, r)} AND "user" = '${user}' GROUP BY 1`,
  'three dimensions': (r) => `SELECT model, sum(cost), count(*) FROM events WHERE ${within(30, r)} AND ${three} GROUP BY 1`,
  'three dimensions, in no rollup': (r) =>
    `SELECT date_trunc('hour', time), sum(cost), count(*) FROM events WHERE ${within(30, r)} AND ${three} GROUP BY 1`,
};

const ours = new Map();
for (const line of run('bench_queries', dataDir, rounds).split('\n')) {
  const found = line.match(/^(.{36}) +(\d+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)$/);
  if (found) ours.set(found[1].trim(), found.slice(3).map(Number));
  else if (/^\d+ events/.test(line)) console.log(line);
}
const head = ['milliseconds', 'warm p50', 'p95', 'cold p50', 'p95', 'DuckDB p50', 'p95', 'ratio'];
const row = (cells) => console.log(cells[0].padEnd(32) + cells.slice(1).map((cell) => String(cell).padStart(11)).join(''));
row(head);
for (const [name, sql] of Object.entries(questions)) {
  const times = [];
  for (let round = -2; round < Number(rounds); ++round) {
    const begun = process.hrtime.bigint();
    await db.runAndReadAll(sql(round + 2));
    if (round >= 0) times.push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1];
  const mine = ours.get(name) ?? [NaN, NaN, NaN, NaN];
  row([name, ...mine.map((ms) => ms.toFixed(2)), median.toFixed(1),
    times[Math.min(times.length - 1, Math.floor(times.length * 0.95))].toFixed(1), (mine[0] / median).toFixed(2)]);
}

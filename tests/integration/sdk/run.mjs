// SPDX-License-Identifier: GPL-3.0-or-later
// node run.mjs BIN_DIR openai|anthropic|gemini|claude-code|opentelemetry|realtime direct|proxy
// Ends with 0 where all checks pass, 1 where one fails, 77 where the test cannot run here.
import { startPrograms, stopPrograms } from '../programs.mjs';
import { installPackages, runChecks } from './harness.mjs';

const [binDir, suite, route] = process.argv.slice(2);
installPackages();
const { default: checksOf } = await import(`./${suite}.mjs`);
let failed = 1;
try {
  const programs = await startPrograms(binDir, route);
  failed = await runChecks(checksOf(programs));
} catch (error) {
  console.log(`FAIL ${error.stack || error}`);
} finally {
  await stopPrograms();
}
process.exit(failed === 0 ? 0 : 1);

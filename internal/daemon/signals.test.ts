import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

/** Runs a module in a process of its own; returns how it ended. */
async function run(source: string): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
}

const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);

/** A program that sends itself a signal when it has closed everything and is about to exit. */
const signalledAtItsEnd = (signal: NodeJS.Signals) => `
  import { runProgram } from ${module('./program.ts')};
  import { listenForShutdown } from ${module('./signals.ts')};
  await runProgram('test', async () => {
    using shutdown = listenForShutdown(10, () => {});
    process.kill(process.pid, '${signal}');
    while (!shutdown.drain.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
    return 0;
  });
  process.kill(process.pid, '${signal}');
  await new Promise((resolve) => setTimeout(resolve, 50));
`;

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a second %s that comes when all is done leaves the exit code as it is',
  async (signal) => {
    expect(await run(signalledAtItsEnd(signal))).toEqual({ code: 0, signal: null });
  },
);

/** Sends a program a second SIGINT this many milliseconds after the first; its exit code is the level that it reached. */
const interruptedAgain = (milliseconds: number) => `
  import { listenForShutdown } from ${module('./signals.ts')};
  const shutdown = listenForShutdown(10, () => {});
  process.kill(process.pid, 'SIGINT');
  setTimeout(() => process.kill(process.pid, 'SIGINT'), ${milliseconds});
  setTimeout(() => process.exit(shutdown.stop.aborted ? 2 : shutdown.drain.aborted ? 1 : 0), ${milliseconds} + 300);
`;

test.each([
  ['once, as when npm passes on what the terminal told both', 5, 1],
  ['twice, as by a hand', 700, 2],
])('a Ctrl-C that comes twice counts %s', async (_what, milliseconds, level) => {
  expect(await run(interruptedAgain(milliseconds))).toEqual({ code: level, signal: null });
});

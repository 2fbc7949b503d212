import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChildProgram } from './program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-'));
});
afterAll(() => rm(folder, { recursive: true }));

let written = 0;
async function program(source: string, settings: { ipc?: boolean; env?: Record<string, string> } = {}) {
  written += 1;
  const file = join(folder, `${written}.mjs`);
  await writeFile(file, source);
  return new ChildProgram({ path: relative(ROOT, file), name: 'child', folder, ...settings });
}

const FOR_EVER = 'setInterval(() => {}, 1000);';

test('finds the first log line with a message, whether it was written before or comes later', async () => {
  await using child = await program(
    `console.log('{"msg":"one","n":1}\\n{"msg":"one","n":2}\\n{"msg":');
     process.on('SIGUSR2', () => console.log('{"msg":"two"}')); console.log('{"msg":"ready"}');${FOR_EVER}`,
  );
  const later = child.logged('two');
  await child.logged('ready');
  expect(await child.logged('one')).toEqual({ msg: 'one', n: 1 });
  child.signal('SIGUSR2');
  expect(await later).toEqual({ msg: 'two' });
});

test('shows the last lines of a program that ended without the log line that was waited for', async () => {
  await using child = await program(`console.log('line 1'); console.error('line 2'); process.exitCode = 3;`);
  await expect(child.logged('ready')).rejects.toThrow(
    /^the child ended \(exit code 3\); its last lines:\nline [12]\nline [12]$/,
  );
  expect(await child.exited).toEqual({ code: 3, signal: null });
  await expect(child.logged('ready')).rejects.toThrow('exit code 3');
});

test('passes messages both ways, and rejects when there will be no answer', async () => {
  await using child = await program(
    `process.on('message', (text) => text === 'end' ? process.exit(0) : process.send({ text }));`,
    { ipc: true },
  );
  const echo = child.message();
  child.send('hello');
  expect(await echo).toEqual({ text: 'hello' });
  const nothing = child.message();
  child.send('end');
  await expect(nothing).rejects.toThrow('the child ended (exit code 0)');
});

test('gives the program the given environment and no more', async () => {
  await using child = await program(
    `console.log(JSON.stringify({ msg: 'environment', names: Object.keys(process.env) }));`,
    { env: { GIVEN: 'x' } },
  );
  const { names } = await child.logged('environment');
  expect((names as string[]).filter((name) => !name.startsWith('__'))).toEqual([
    'PATH',
    'NODE_COMPILE_CACHE',
    'GIVEN',
  ]);
});

test('kills the program when it is disposed of', async () => {
  const child = await program(`console.log('{"msg":"ready"}');${FOR_EVER}`);
  await child.logged('ready');
  await child[Symbol.asyncDispose]();
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

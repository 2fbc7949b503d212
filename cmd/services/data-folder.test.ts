import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProgramError } from '#internal/daemon/program.ts';
import { dataFolder } from './data-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-folder-'));
  await chmod(folder, 0o755); // for PostgreSQL's user, if we are root
  await writeFile(join(folder, 'file'), '');
});
afterAll(() => rm(folder, { recursive: true }));

test('is made, with those above it', async () => {
  const made = await dataFolder(join(folder, 'a', 'b'));
  expect(existsSync(join(made, 'postgres'))).toBe(true);
  expect(existsSync(join(made, 'sqs'))).toBe(true);
  expect(await dataFolder(join(folder, 'a', 'b'))).toBe(made);
});

test.each([
  ['a file', 'file', 'file is not a folder'],
  ['a folder below a file', 'file/below/it', 'file is not a folder'],
])('%s is refused with a sentence', async (_what, path, why) => {
  const refused = dataFolder(join(folder, path));
  await expect(refused).rejects.toThrow(ProgramError);
  await expect(refused).rejects.toThrow(`the data cannot be kept in ${join(folder, path)}`);
  await expect(refused).rejects.toThrow(`${why}): name another folder with --data`);
});

test.runIf(existsSync('/proc/self'))('where nothing can be made is refused, and at once', async () => {
  await expect(dataFolder('/proc/none/such')).rejects.toThrow(
    'the data cannot be kept in /proc/none/such (/proc/none: no such file or directory)',
  );
});

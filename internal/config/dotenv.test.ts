import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDotenv } from './dotenv.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dotenv-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('fills in what the environment does not set, and says what it sets otherwise', async () => {
  const path = join(folder, 'full');
  await writeFile(path, '\uFEFFA=1\nB="two"\nC=3\n# D=4\n');
  const env: NodeJS.ProcessEnv = { B: 'other', C: '3' };
  const read = readDotenv(env, path);
  expect(read).toEqual({
    path,
    values: { A: '1', B: 'two', C: '3' },
    overridden: ['B'],
    strayLines: [],
    problem: null,
  });
  expect(env).toEqual({ A: '1', B: 'other', C: '3' });
});

test('lines that mean nothing are told by their number', async () => {
  const path = join(folder, 'stray');
  await writeFile(
    path,
    '# A comment\nA=1\n\nDATABASE_URL postgres://x\nB="two\nlines" # c\r\n\nexport C=3\nnonsense\nD: 4\n',
  );
  expect(readDotenv({}, path)).toMatchObject({
    values: { A: '1', B: 'two\nlines', C: '3', D: '4' },
    strayLines: [4, 9],
  });
});

test('a file that is not there is none', () => {
  expect(readDotenv({}, join(folder, 'none'))).toMatchObject({ values: undefined, problem: null });
});

test('one that cannot be read is told in a sentence', async () => {
  await mkdir(join(folder, 'directory'));
  expect(readDotenv({}, join(folder, 'directory')).problem).toMatch(/\/directory is a directory, not a file/);
  await symlink('loop', join(folder, 'loop'));
  expect(readDotenv({}, join(folder, 'loop')).problem).toMatch(/\/loop cannot be read: ELOOP/);
});

import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const PROGRAMS = ['processor', 'producers', 'sender', 'receivers', 'admin'];

interface Pattern {
  readonly ships: boolean;
  readonly matches: RegExp;
}

/**
 * Parses as much of .dockerignore as we use: a path matches everything below it, `*` any part of a name, and
 * a double star any folders.
 */
async function ignorePatterns(): Promise<Pattern[]> {
  const text = await readFile(new URL('deployments/Dockerfile.dockerignore', ROOT), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const source = line
      .replace(/^!/, '')
      .replaceAll('.', '\\.')
      .replaceAll('**/', '(?:.+/)?')
      .replaceAll(/(?<![.)])\*/g, '[^/]*');
    return { ships: line.startsWith('!'), matches: new RegExp(`^${source}(?:/|$)`) };
  });
}

/** The last matching pattern wins, as in Docker. */
function ships(patterns: readonly Pattern[], path: string): boolean {
  return patterns.findLast(({ matches }) => matches.test(path))?.ships ?? true;
}

/** Files that a module imports, or names with `new URL(…, import.meta.url)`. Type imports do not count. */
async function namedIn(file: URL): Promise<URL[]> {
  const text = await readFile(file, 'utf8');
  const imports =
    /^(?:import|export) (?!type )[^;]*?from '([^']+)';|import\('([^']+)'\)|^import '([^']+)';/gm;
  const specifiers = [...text.matchAll(imports)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const urls = [...text.matchAll(/new URL\('([^']+\.\w+)', import\.meta\.url\)/g)].map(
    ([, path = '']) => path,
  );
  return [...specifiers, ...urls].flatMap((specifier) => {
    if (specifier.startsWith('#internal/')) return [new URL(specifier.slice(1), ROOT)];
    return specifier.startsWith('.') ? [new URL(specifier, file)] : [];
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(new URL(folder, ROOT), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(fileURLToPath(ROOT), `${entry.parentPath}/${entry.name}`));
}

/** Paths of all files that the shipped programs need. */
async function neededFiles(): Promise<Set<string>> {
  const needed = new Set<string>();
  const waiting = (await Promise.all(PROGRAMS.map((name) => filesBelow(`cmd/${name}`))))
    .flat()
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => new URL(path, ROOT));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const path = relative(fileURLToPath(ROOT), fileURLToPath(file));
    if (needed.has(path)) continue;
    needed.add(path);
    if (path.endsWith('.ts')) waiting.push(...(await namedIn(file)));
  }
  return needed;
}

test('the image has everything that its programs import, and no folder that they do not import from', async () => {
  const patterns = await ignorePatterns();
  const needed = await neededFiles();
  expect(needed).toContain('internal/postgres/store.ts');
  expect(needed).toContain('cmd/processor/worker.ts');
  expect([...needed].filter((path) => !ships(patterns, path))).toEqual([]);
  const shipped = [...(await filesBelow('internal')), ...(await filesBelow('cmd'))].filter((path) =>
    ships(patterns, path),
  );
  const folderOf = (path: string) => path.split('/').slice(0, 2).join('/');
  const folders = (paths: Iterable<string>) =>
    [...new Set([...paths].map(folderOf))].toSorted((a, b) => (a < b ? -1 : 1));
  expect(folders(shipped)).toEqual(folders(needed));
  expect(shipped.filter((path) => path.endsWith('.test.ts'))).toEqual([]);
});

test('the image runs as a user that Kubernetes can distinguish from root', async () => {
  const text = await readFile(new URL('deployments/Dockerfile', ROOT), 'utf8');
  expect(/^USER (\S+)$/m.exec(text)?.[1]).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

test('the image runs Node with the options of `npm run processor` and `npm run sender`', async () => {
  const [dockerfile, manifest] = await Promise.all(
    ['deployments/Dockerfile', 'package.json'].map((path) => readFile(new URL(path, ROOT), 'utf8')),
  );
  const { scripts } = JSON.parse(manifest ?? '') as { scripts: { processor: string; sender: string } };
  const options = /NODE_OPTIONS="([^"]+)"/.exec(dockerfile ?? '')?.[1];
  expect(scripts.processor).toBe(`exec node ${options} cmd/processor/main.ts`);
  expect(scripts.sender).toBe(`exec node ${options} cmd/sender/main.ts`);
});

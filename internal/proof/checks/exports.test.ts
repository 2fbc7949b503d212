import { glob, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const EXPORT =
  /^export (?:async )?(?:abstract )?(?:const|function\*?|class|interface|type)\s+([A-Za-z_$][\w$]*)/gm;
/**
 * Matches `import { a, type B as C } from './file.ts';`, also over several lines. Group 1 holds the names,
 * group 2 the file.
 */
const IMPORT = /^(?:import|export) (?:type )?(?:\w+, )?\{([^}]*)\} from '([.#][^']+)';/gm;
/** Matches `const { a } = await import('./file.ts')` and `(await import('./file.ts')).a`. */
const LATE_IMPORTS = [
  /\{([^}]*)\} = await import\('([.#][^']+)'\)/g,
  /(?<=\(await import\('([.#][^']+)'\)\)\.)(\w+)/g,
] as const;

/** Returns what a file imports from our other files, as `file: name`. */
function imports(file: string, text: string): string[] {
  const [lists, members] = LATE_IMPORTS;
  return [
    ...[...text.matchAll(IMPORT), ...text.matchAll(lists)].flatMap(([, names = '', from = '']) =>
      names.split(',').map((name) => [
        name
          .trim()
          .replace(/^type /, '')
          .split(/ as |:/)[0] ?? '',
        from,
      ]),
    ),
    ...[...text.matchAll(members)].map(([, from = '', name = '']) => [name, from]),
  ].map(([name = '', from = '']) => `${resolved(file, from)}: ${name}`);
}

function resolved(file: string, imported: string): string {
  return imported.startsWith('#') ? imported.slice(1) : posix.join(posix.dirname(file), imported);
}

/** Returns the exports that no other file imports, as `file: name`. */
function deadExports(texts: ReadonlyMap<string, string>): string[] {
  const imported = new Set([...texts].flatMap(([file, text]) => imports(file, text)));
  return [...texts]
    .flatMap(([file, text]) => [...text.matchAll(EXPORT)].map(([, name = '']) => `${file}: ${name}`))
    .filter((name) => !imported.has(name))
    .toSorted();
}

// All our imports are by name, so matching their text is enough. A tool for it would add a dozen packages.
test('finds the exports that no other file imports', () => {
  const texts = new Map([
    ['internal/a.ts', `export const used = 1;\nexport interface Unused {}\nexport async function late() {}`],
    [
      'cmd/b.ts',
      `import {\n  type Other as Mine,\n  used,\n} from '#internal/a.ts';\nexport type Other = 1;`,
    ],
    ['cmd/c.ts', `const { late } = await import('../internal/a.ts');\nexport class used {}`],
    ['cmd/d.ts', `import type { Other } from './b.ts';\nexport function used() {}`],
    ['cmd/e.ts', `(await import('./d.ts')).used();`],
  ]);
  expect(deadExports(texts)).toEqual(['cmd/c.ts: used', 'internal/a.ts: Unused']);
});

/** Left out while its parts are getting their own tests, which will import more of them. */
const LEFT_OUT = /^internal\/processor\//;

test('every export is imported by another file', async () => {
  const texts = new Map<string, string>();
  for await (const file of glob('{cmd,internal}/**/*.ts', { cwd: ROOT }))
    if (!file.endsWith('.d.ts')) texts.set(file, await readFile(`${ROOT}${file}`, 'utf8'));
  expect(deadExports(texts).filter((name) => !LEFT_OUT.test(name))).toEqual([]);
});

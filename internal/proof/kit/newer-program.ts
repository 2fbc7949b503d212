import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MIGRATIONS } from './migrations.ts';

/** A folder with this program's migrations and more, as a newer release would have. */
export async function newerProgram(
  more: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly folder: URL }> {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'));
  const own = new URL('../../../migrations/', import.meta.url);
  await Promise.all(MIGRATIONS.map((name) => copyFile(new URL(name, own), join(folder, name))));
  for (const [name, sql] of Object.entries(more)) await writeFile(join(folder, name), sql);
  return {
    folder: pathToFileURL(`${folder}/`),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

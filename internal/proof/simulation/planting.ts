import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { applyPatch, parsePatch } from 'diff';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PATCHES = fileURLToPath(new URL('planted/', import.meta.url));

/** A bug to plant: its patch begins with a sentence on what it does, and within how many seeds it must be found. */
interface PlantedBug {
  readonly name: string;
  readonly says: string;
  readonly seeds: number;
  readonly patch: string;
}

export async function plantedBugs(): Promise<PlantedBug[]> {
  const files = (await readdir(PATCHES)).filter((file) => file.endsWith('.patch')).sort();
  return Promise.all(files.map((file) => readBug(file)));
}

async function readBug(file: string): Promise<PlantedBug> {
  const patch = await readFile(join(PATCHES, file), 'utf8');
  const seeds = Number(/^Found within (\d+) seeds\.$/m.exec(patch)?.[1]);
  if (!(seeds > 0)) throw new Error(`${file} does not say within how many seeds it must be found`);
  const [says = ''] = patch.split('\n', 1);
  return { name: file.slice(0, -'.patch'.length), says, seeds, patch };
}

/**
 * Patches hold the lines they change and no more; their line numbers mean nothing, nor does indentation, so that they
 * outlive changes of the code around. In return what they look for must stand there exactly once.
 * @returns false when it does not
 */
function patchedOnce(source: string, patch: string): string | false {
  const lines = source.split('\n').map((line) => line.trim());
  const fits = parsePatch(patch).flatMap(({ hunks }) =>
    hunks.map((hunk) => {
      const old = hunk.lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1).trim());
      return lines.filter((_, i) => old.every((text, j) => lines[i + j] === text)).length;
    }),
  );
  if (fits.some((times) => times !== 1)) return false;
  return applyPatch(source, patch, { compareLine: (_, line, _kind, text) => line.trim() === text.trim() });
}

interface PlotResult {
  /** How many were run. */
  readonly seeds: number;
  readonly violation?: string;
  readonly traceHash?: string;
}

/** A copy of the pipeline and its simulation, to plant a bug in. */
export class Plot implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async lay(): Promise<Plot> {
    const folder = await mkdtemp(join(tmpdir(), 'planted-'));
    for (const room of [
      'internal/event',
      'internal/waiting',
      'internal/terminal',
      'internal/processor',
      'internal/housekeeping',
      'internal/proof/simulation',
      'internal/load/random.ts',
      'cmd/simulate',
    ]) {
      await cp(join(ROOT, room), join(folder, room), { recursive: true });
    }
    // Node strips no types below node_modules: so the copy stands elsewhere, with a way there.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ type: 'module', imports: { '#internal/*': './internal/*' } }),
    );
    return new Plot(folder);
  }

  /** @throws Error when the patch does not fit the code any more */
  async plant({ name, patch }: PlantedBug): Promise<void> {
    const file = /^--- a\/(\S+)/m.exec(patch)?.[1];
    if (file === undefined) throw new Error(`${name}.patch names no file`);
    const path = join(this.#folder, file);
    const source = await readFile(path, 'utf8');
    const patched = patchedOnce(source, patch);
    if (patched === false) {
      throw new Error(
        `${name}.patch does not fit ${file} any more: plant the same bug in the code as it is now`,
      );
    }
    await writeFile(path, patched);
  }

  /** Runs the copy; answers all it printed, and the last line of it read. */
  simulate(...options: readonly string[]): Promise<{ output: string; result: PlotResult }> {
    const main = join(this.#folder, 'cmd', 'simulate', 'main.ts');
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [main, ...options], { timeout: 110_000 }, (error, stdout, stderr) => {
        const last = stdout.trim().split('\n').at(-1) ?? '';
        if (last.startsWith('{')) resolve({ output: stdout, result: JSON.parse(last) });
        else reject(new Error(`the simulation did not end by itself: ${stderr}`, { cause: error }));
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { applyPatch, parsePatch } from 'diff';
import { makeTemporaryFolder } from '../../embedded/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PATCHES = { processor: 'planted/', sender: 'sender/planted/' } as const;

/**
 * A bug to plant. Its patch begins with a sentence that says what the bug does, and with the number of seeds
 * within which the simulation must find it.
 */
interface PlantedBug {
  readonly of: keyof typeof PATCHES;
  readonly name: string;
  readonly says: string;
  readonly seeds: number;
  readonly patch: string;
}

export async function plantedBugs(of: PlantedBug['of']): Promise<PlantedBug[]> {
  const folder = fileURLToPath(new URL(PATCHES[of], import.meta.url));
  const files = (await readdir(folder)).filter((file) => file.endsWith('.patch')).sort();
  return Promise.all(files.map((file) => readBug(of, folder, file)));
}

async function readBug(of: PlantedBug['of'], folder: string, file: string): Promise<PlantedBug> {
  const patch = await readFile(join(folder, file), 'utf8');
  const seeds = Number(/^Found within (\d+) seeds\.$/m.exec(patch)?.[1]);
  if (!(seeds > 0)) throw new Error(`${file} does not say within how many seeds it must be found`);
  const [says = ''] = patch.split('\n', 1);
  return { of, name: file.slice(0, -'.patch'.length), says, seeds, patch };
}

/**
 * Applies a patch. Patches hold only the lines that they change; line numbers and indentation are ignored, so
 * that patches survive changes to the code around them. In return, the old lines must occur exactly once.
 * @returns false if they do not
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

/** The simulation runs neither tests nor patches. */
function isRun(path: string): boolean {
  return !path.endsWith('.test.ts') && !path.endsWith('.patch');
}

interface PlotResult {
  /** Number of seeds that were run. */
  readonly seeds: number;
  readonly violation?: string;
  readonly traceHash?: string;
}

/** A copy of the engines and their simulation in which a bug can be planted. */
export class Plot implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async lay(): Promise<Plot> {
    const folder = await makeTemporaryFolder('planted-', true);
    for (const room of [
      'internal/event',
      'internal/waiting',
      'internal/terminal',
      'internal/processor',
      'internal/sender',
      'internal/proof/simulation',
      'internal/proof/kit/delivery-rows.ts',
      'internal/proof/kit/memory-delivery-rows.ts',
      'internal/proof/kit/memory-delivery-store.ts',
      'internal/load/random.ts',
      'cmd/simulate',
    ]) {
      await cp(join(ROOT, room), join(folder, room), { recursive: true, filter: isRun });
    }
    // Node does not strip types below node_modules, so the copy is outside it, with a link to it.
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ type: 'module', imports: { '#internal/*': './internal/*' } }),
    );
    return new Plot(folder);
  }

  /** @throws Error when the patch no longer fits the code */
  async plant({ name, patch }: PlantedBug): Promise<void> {
    const file = /^--- a\/(\S+)/m.exec(patch)?.[1];
    if (file === undefined) throw new Error(`${name}.patch names no file`);
    const path = join(this.#folder, file);
    const source = await readFile(path, 'utf8');
    const patched = patchedOnce(source, patch);
    if (patched === false) {
      throw new Error(`${name}.patch no longer fits ${file}: plant the same bug in the current code`);
    }
    await writeFile(path, patched);
  }

  /** Runs the copy of one engine. Returns its output, and the last line as an object. */
  simulate(
    of: PlantedBug['of'],
    ...options: readonly string[]
  ): Promise<{ output: string; result: PlotResult }> {
    const main = join(this.#folder, 'cmd', 'simulate', 'main.ts');
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        [main, '--of', of, ...options],
        { timeout: 290_000 },
        (error, stdout, stderr) => {
          const last = stdout.trim().split('\n').at(-1) ?? '';
          if (last.startsWith('{')) resolve({ output: stdout, result: JSON.parse(last) });
          else reject(new Error(`the simulation did not end on its own: ${stderr}`, { cause: error }));
        },
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

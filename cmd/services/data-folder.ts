import { hash } from 'node:crypto';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { ProgramError } from '#internal/daemon/program.ts';
import { isReachable, postgresOwner } from '#internal/embedded/postgres-binaries.ts';

/**
 * Makes the wanted folder and returns its path. If this process is root, and PostgreSQL's user cannot reach the wanted
 * folder, makes one in the temporary folder instead.
 * @throws ProgramError when it cannot be made or written to
 */
export async function dataFolder(wanted: string): Promise<string> {
  await demandPossible(wanted);
  const owner = await postgresOwner();
  const folder = (await isReachable(join(wanted, 'postgres'), owner))
    ? wanted
    : join(tmpdir(), `event-processor-services-${hash('sha256', wanted, 'hex').slice(0, 16)}`);
  if (folder !== wanted)
    process.stderr.write(`PostgreSQL does not run as root and cannot reach ${wanted}: using ${folder}\n`);
  for (const part of ['postgres', 'sqs']) await make(join(folder, part), folder);
  return folder;
}

/** Checks that the nearest existing path above is a folder: all below it would be made. */
async function demandPossible(wanted: string): Promise<void> {
  for (let path = wanted; ; path = dirname(path)) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory()) return;
    if (found !== undefined) throw cannot(wanted, `${path} is not a folder`);
    if (path === dirname(path)) return;
  }
}

/** Makes one folder after the other: Node's recursive mkdir retries for ever where none can be made, as in /proc. */
async function make(path: string, folder: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    if (path !== dirname(path)) await make(dirname(path), folder);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw cannot(folder, `${path}: ${saidOf(error)}`, error);
    });
    return;
  }
  if (!found.isDirectory()) throw cannot(folder, `${path} is not a folder`);
  if (path.startsWith(folder))
    await access(path, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
      throw cannot(folder, `${path}: ${saidOf(error)}`, error);
    });
}

/** Returns the system's words, such as "permission denied", without call and path. */
function saidOf({ message, code }: NodeJS.ErrnoException): string {
  return /^\w+: ([^,]+)/.exec(message)?.[1] ?? code ?? message;
}

function cannot(folder: string, why: string, cause?: unknown): ProgramError {
  return new ProgramError(`the data cannot be kept in ${folder} (${why}): name another folder with --data`, {
    exitCode: 2,
    cause,
  });
}

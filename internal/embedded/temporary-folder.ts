import { mkdtemp, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const RAM_DISK = '/dev/shm';
/** Containers often have a RAM disk of 64 MB, and what it holds is taken from the memory of the machine. */
const ROOM_BYTES = 1.5 * 2 ** 30;

/**
 * Creates a folder for temporary files; with `inMemory`, on the RAM disk if there is one with enough room. Programs need
 * not be executable on a RAM disk.
 */
export async function makeTemporaryFolder(prefix: string, inMemory: boolean): Promise<string> {
  if (inMemory && (await ramDiskHasRoom())) {
    const folder = await mkdtemp(join(RAM_DISK, prefix)).catch(() => undefined);
    if (folder !== undefined) return folder;
  }
  return mkdtemp(join(tmpdir(), prefix));
}

async function ramDiskHasRoom(): Promise<boolean> {
  if (process.platform !== 'linux' || freemem() < ROOM_BYTES) return false;
  const found = await statfs(RAM_DISK).catch(() => undefined);
  return found !== undefined && found.bavail * found.bsize >= ROOM_BYTES;
}

import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

/** Linux counts CPU time of processes in hundredths of a second, for programs. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly seconds: number;
  /** Of children that have ended. */
  readonly reapedSeconds: number;
}

/** CPU time of a PostgreSQL server: all its processes, those that have ended included. Linux only. */
export class PostgresCpu {
  readonly #postmaster: number;

  private constructor(postmaster: number) {
    this.#postmaster = postmaster;
  }

  static async of(pool: pg.Pool): Promise<PostgresCpu> {
    const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    return new PostgresCpu(statOf(rows[0]?.pid as number)?.parent as number);
  }

  seconds(): number {
    const own = statOf(this.#postmaster);
    let seconds = (own?.seconds ?? 0) + (own?.reapedSeconds ?? 0);
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const stat = statOf(Number(name));
      if (stat?.parent === this.#postmaster) seconds += stat.seconds;
    }
    return seconds;
  }
}

/** Undefined when the process has ended. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  return parseStat(text);
}

/** Reads /proc/<pid>/stat; see proc_pid_stat(5). The name of the program, in parentheses, may hold anything. */
export function parseStat(text: string): Stat {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map(
    (i) => fields[i],
  );
  return {
    parent,
    seconds: (user + system) / TICKS_PER_SECOND,
    reapedSeconds: (childUser + childSystem) / TICKS_PER_SECOND,
  };
}

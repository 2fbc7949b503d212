import { execFile } from 'node:child_process';
import { chown, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresOwner } from '#internal/embedded/postgres-binaries.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Fault, Preparation } from '../fault.ts';
import { sqsError, type SqsProxy } from '../sqs-proxy.ts';
import { onServer } from '#internal/proof/kit/server.ts';
import { strikes } from './striking.ts';

const run = promisify(execFile);
const HOUR_MS = 3_600_000;
const SKEW_ALLOWED_MS = 900_000;
const DISK_MIB = 64;
const TABLESPACE = 'chaos_small_disk';

/** Mount point of the small disk with the round's database. */
let smallDisk = '';

async function mountSmallDisk(serverUrl: string): Promise<Preparation | string> {
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-chaos-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder]);
  } catch {
    await rmdir(folder);
    return 'a small file system cannot be mounted here (root is required)';
  }
  const owner = await postgresOwner();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  await onServer(serverUrl, `create tablespace ${TABLESPACE} location '${folder}'`);
  smallDisk = folder;
  return {
    tablespace: TABLESPACE,
    async [Symbol.asyncDispose]() {
      await onServer(serverUrl, `drop tablespace ${TABLESPACE}`);
      await run('umount', [folder]);
      await rmdir(folder);
    },
  };
}

/** Number of calls per proxy that were signed with a wrong time. */
const refused = new WeakMap<SqsProxy, number>();

function clockOff(name: string, what: string, offsetMs: number): Fault {
  return {
    name,
    what,
    actsOn: 'clock',
    environment: {
      NODE_OPTIONS: `--import ${new URL('../clock.ts', import.meta.url).href}`,
      CHAOS_CLOCK_OFFSET_MS: String(offsetMs),
    },
    // Active from the first call on. SQS refuses signatures with a wrong time, and every answer contains the
    // right one.
    prepare: ({ sqsProxy }) => {
      refused.set(sqsProxy, 0);
      return sqsProxy.intercept(async (call, next) => {
        const signedMs = amzDateMs(String(call.headers['x-amz-date'] ?? ''));
        if (Math.abs(signedMs - Date.now()) <= SKEW_ALLOWED_MS) return next(call);
        refused.set(sqsProxy, (refused.get(sqsProxy) ?? 0) + 1);
        return sqsError(403, 'InvalidSignatureException', 'Signature expired: the time differs by an hour');
      });
    },
    inject: async ({ sqsProxy }, signal) => {
      await sleep(1_000, signal);
      const calls = refused.get(sqsProxy) ?? 0;
      if (calls === 0) throw new Error('no call was signed with the wrong time');
      return calls;
    },
  };
}

/** Parses a time such as 20261121T040000Z. */
function amzDateMs(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

export const machineFaults: readonly Fault[] = [
  clockOff(
    'clock-an-hour-ahead',
    "the processor's clock is an hour ahead; SQS refuses such signatures",
    HOUR_MS,
  ),
  clockOff(
    'clock-an-hour-behind',
    "the processor's clock is an hour behind; SQS refuses such signatures",
    -HOUR_MS,
  ),
  {
    name: 'stalled',
    what: 'the processor is stopped for ten seconds, longer than its leases; another one runs',
    processors: 2,
    inject: (site, signal, random) =>
      strikes(1, signal, async () => {
        const { child } = await site.processors.pick(random);
        child.signal('SIGSTOP');
        try {
          await sleep(10_000, signal);
        } finally {
          child.signal('SIGCONT');
        }
      }),
  },
  {
    name: 'small-heap',
    what: 'the processor has a heap of 128 MB and arrays of 200 events to work on',
    environment: { NODE_OPTIONS: '--max-old-space-size=128' },
    load: (plans) =>
      plans.map(({ rate: _rate, ...plan }, i) => ({
        ...plan,
        count: plan.count * 4,
        batch: i === 0 ? 200 : 50,
      })),
    alone: true,
    inject: async (_site, signal) => {
      await sleep(1_000, signal);
      return 1;
    },
  },
  {
    name: 'disk-full',
    what: 'the disk of the database is full for two seconds',
    of: 'both',
    alone: true,
    prepareMachine: ({ postgres }) => mountSmallDisk(postgres.url),
    inject: async (site, signal) => {
      const filler = join(smallDisk, 'filler');
      try {
        await fill(filler);
        await demandNoSpace(site.databaseUrl);
        await sleep(2_000, signal);
        return 1;
      } finally {
        await rm(filler, { force: true });
      }
    },
  },
  {
    name: 'two-migrators',
    what: 'two processors meet an empty database at once, and admin migrate a moment later',
    processors: 2,
    emptyDatabase: true,
    alone: true,
    async inject(site, signal, random) {
      await sleep(random.pick([0, 200]), signal);
      const code = await site.run('cmd/admin/main.ts', ['migrate']);
      if (code !== 0) throw new Error(`admin migrate exited with code ${code}`);
      const { rows } = await site.pool.query('select name from schema_migration');
      return rows.length;
    },
  },
];

async function fill(path: string): Promise<void> {
  try {
    await writeFile(path, Buffer.alloc((DISK_MIB + 1) * 1024 * 1024, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** @throws Error when PostgreSQL still finds space */
async function demandNoSpace(databaseUrl: string): Promise<void> {
  const refused = await onServer(
    databaseUrl,
    'create table filler as select generate_series(1, 100000)',
  ).then(
    () => false,
    (error: { code?: string }) => error.code === '53100',
  );
  if (!refused) throw new Error('PostgreSQL still found space');
}

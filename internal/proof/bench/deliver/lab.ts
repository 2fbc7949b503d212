import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Contender, Run, SENDER_NODE_ARGS } from '../contender.ts';
import type { BenchDatabase, Databases } from '../databases.ts';
import { SENDER_KEYS } from './backlog.ts';
import type { Receiver } from './receiver-process.ts';
import type { Sizes } from './sizes.ts';

/** Figures of one run, by their names. */
export type Figures = Readonly<Record<string, number>>;

/** What all measurements share. */
export interface Lab {
  readonly databases: Databases;
  readonly receiver: Receiver;
  readonly sizes: Sizes;
  /** Holds files for the programs. */
  readonly folder: string;
  /** Where senders write CPU profiles, for measurements that are profiled. */
  readonly profiles: string | undefined;
}

/** Deliveries per second of the slowest machine on which a measurement may still end in time. */
const SLOWEST_RATE = 200;
const PATIENCE_MS = 120_000;
const LOOK_MS = 50;

/** Starts the sender as `npm run sender` does, with its default settings. */
export async function startSender(lab: Lab, database: BenchDatabase): Promise<Run> {
  const ca = join(lab.folder, 'receiver.pem');
  await writeFile(ca, lab.receiver.certificate);
  const profiling = lab.profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${lab.profiles}`];
  const contender: Contender = {
    name: 'sender',
    program: 'cmd/sender/main.ts',
    nodeArgs: [...SENDER_NODE_ARGS, ...profiling],
    args: [],
    env: {
      HEALTH_PORT: '0',
      LOG_LEVEL: 'info',
      SENDER_KEYS,
      SENDER_ALLOW_HTTP: 'true',
      SENDER_ALLOW_CIDRS: '127.0.0.0/8',
      SENDER_CA_FILE: ca,
    },
    table: 'message',
  };
  const run = new Run(contender, { DATABASE_URL: database.url });
  await run.ready();
  return run;
}

/** Resolves when a group has accepted so many messages; rejects when the sender ends, or takes far too long. */
export async function allAccepted(
  { receiver }: Lab,
  group: string,
  messages: number,
  run: Run,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs(messages);
  for (;;) {
    const { accepted } = await receiver.state(group);
    if (accepted >= messages) return;
    if (run.ended) throw run.failure();
    if (performance.now() > deadlineMs)
      throw run.failure(`delivered ${accepted} of ${messages} messages in time`);
    await sleep(LOOK_MS);
  }
}

/** Waits for the moment at which so many messages are accepted; rejects when the program ends, or takes far too long. */
export async function within<T>(promise: Promise<T>, messages: number, run: Run): Promise<T> {
  const settled = new AbortController();
  const late = sleep(patienceMs(messages), 'did not deliver everything in time', { signal: settled.signal });
  const failed = Promise.race([run.exited.then(() => 'has ended'), late]).then((what) => {
    throw run.failure(what);
  });
  failed.catch(() => {}); // it also ends when it is told to
  try {
    return await Promise.race([promise, failed]);
  } finally {
    settled.abort();
  }
}

function patienceMs(messages: number): number {
  return PATIENCE_MS + (messages / SLOWEST_RATE) * 1000;
}

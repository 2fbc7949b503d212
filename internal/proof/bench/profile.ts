import { mkdtemp, readdir, readFile, rename, rm, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Contender, PROCESSOR, PROCESSOR_NODE_ARGS } from './contender.ts';
import type { Databases } from './databases.ts';
import { drain } from './drain.ts';
import { PLAIN_LOAD } from './load.ts';
import type { ProfileOptions } from './options.ts';
import { profileTables } from './profile-tables.ts';
import { startQueueServer } from './queues.ts';

/** Drains a queue under V8's sampling profiler and sums the samples. */
export async function profile(
  databases: Databases,
  { events, eventsPerMessage, queue, out }: ProfileOptions,
): Promise<{ markdown: string; results: object }> {
  const folder = await mkdtemp(join(tmpdir(), 'event-processor-profile-'));
  try {
    await using server = await startQueueServer(queue);
    await using database = await databases.create();
    const nodeArgs = [...PROCESSOR_NODE_ARGS, '--cpu-prof', `--cpu-prof-dir=${folder}`];
    const contender: Contender = { ...PROCESSOR, nodeArgs };
    const load = { ...PLAIN_LOAD, events, eventsPerMessage };
    const result = await drain(server, database, { contender, load });
    const [file = ''] = await readdir(folder);
    await mkdir(out, { recursive: true });
    await rename(join(folder, file), join(out, 'processor.cpuprofile'));
    const text = await readFile(join(out, 'processor.cpuprofile'), 'utf8');
    const { tables, times } = profileTables(text);
    const markdown = `${events} events, ${eventsPerMessage} a message, ${queue} queue: ${result.cpuSecondsPer10k.toFixed(2)} CPU s per 10,000 events while profiled, start included below.\n\n${tables}`;
    return { markdown, results: { result, times } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

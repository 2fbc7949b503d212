import { setTimeout as sleep } from 'node:timers/promises';
import { PROCESSOR, Run } from './contender.ts';
import type { Databases } from './databases.ts';
import { emptied, environment } from './drain.ts';
import { markdownTable, median, whole } from './figures.ts';
import { bodies, PLAIN_LOAD } from './load.ts';
import type { SoakOptions } from './options.ts';
import { showSteps } from './progress.ts';
import { type FilledQueue, startQueueServer } from './queues.ts';

/** Without a rate, about this many messages are kept waiting. */
const AHEAD = 5_000;
const CHUNK_MESSAGES = 500;
const SAMPLE_MS = 5_000;
const MINUTE_MS = 60_000;

interface Sample {
  readonly seconds: number;
  readonly sent: number;
  readonly rssMegabytes: number;
  readonly cpuSeconds: number;
}

/** Feeds one processor for minutes and samples its resource usage. */
export async function soak(
  databases: Databases,
  options: SoakOptions,
): Promise<{ markdown: string; results: object }> {
  await using server = await startQueueServer('embedded');
  await using database = await databases.create();
  const queue = await server.filled({ ...PLAIN_LOAD, events: 0 });
  await using run = new Run(PROCESSOR, environment(server, queue, database));
  await run.ready();
  using steps = showSteps(options.minutes);
  const startMs = performance.now();
  const samples: Sample[] = [];
  let minute = 0;
  const feeder = new Feeder(queue, options);
  const feeding = feeder.run(startMs + options.minutes * MINUTE_MS);
  while (performance.now() < startMs + options.minutes * MINUTE_MS) {
    const elapsedMs = performance.now() - startMs;
    if (elapsedMs >= minute * MINUTE_MS) {
      steps.next(`${whole(feeder.sent)} events sent`);
      minute += 1;
    }
    const { rssMegabytes, cpuSeconds } = await run.usage();
    samples.push({ seconds: elapsedMs / 1000, sent: feeder.sent, rssMegabytes, cpuSeconds });
    await sleep(SAMPLE_MS);
  }
  await feeding;
  await emptied(queue, run);
  const { rows } = await database.pool.query<{ count: string }>('select count(*) from message');
  const stored = Number(rows[0]?.count);
  if (stored !== feeder.sent) throw new Error(`${stored} rows instead of ${feeder.sent} events`);
  return { markdown: markdown(samples, stored), results: { samples, stored } };
}

/** Sends events continuously: at the given rate, otherwise whenever few are waiting. */
class Feeder {
  sent = 0;
  readonly #queue: FilledQueue;
  readonly #options: SoakOptions;

  constructor(queue: FilledQueue, options: SoakOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  async run(endMs: number): Promise<void> {
    const { rate, eventsPerMessage } = this.#options;
    const startMs = performance.now();
    const events = rate === undefined ? CHUNK_MESSAGES * eventsPerMessage : Math.ceil(rate / 10);
    while (performance.now() < endMs) {
      if (rate === undefined) {
        if ((await this.#queue.remaining()) > AHEAD) {
          await sleep(20);
          continue;
        }
      } else {
        await sleep(Math.max(0, startMs + (this.sent / rate) * 1000 - performance.now()));
      }
      await this.#queue.sendAll(bodies({ ...PLAIN_LOAD, events, eventsPerMessage, firstEvent: this.sent }));
      this.sent += events;
    }
  }
}

function markdown(samples: readonly Sample[], stored: number): string {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const rows = Array.from({ length: Math.ceil(samples.length / tenth) }, (_, i) => {
    const part = samples.slice(i * tenth, (i + 1) * tenth);
    const [first, last] = [part[0] as Sample, (samples[(i + 1) * tenth] ?? part.at(-1)) as Sample];
    const events = last.sent - first.sent;
    return [
      (first.seconds / 60).toFixed(1),
      whole(events / Math.max(1, last.seconds - first.seconds)),
      (((last.cpuSeconds - first.cpuSeconds) / Math.max(1, events)) * 10_000).toFixed(2),
      whole(median(part.map(({ rssMegabytes }) => rssMegabytes))),
      whole(Math.max(...part.map(({ rssMegabytes }) => rssMegabytes))),
    ];
  });
  const head = ['from minute', 'events/s', 'CPU s per 10,000', 'RSS MB, median', 'RSS MB, most'];
  return `${whole(stored)} events sent, as many rows stored.\n\n${markdownTable(head, rows)}`;
}

import { PROCESSOR } from './contender.ts';
import type { BenchDatabase, Databases } from './databases.ts';
import { drain, type DrainResult } from './drain.ts';
import { markdownTable, median, whole } from './figures.ts';
import { type Latency, measurePaced } from './latency.ts';
import { type LoadSpec, PLAIN_LOAD } from './load.ts';
import type { GrowthOptions } from './options.ts';
import { prefill } from './prefill.ts';
import { showSteps } from './progress.ts';
import { startQueueServer } from './queues.ts';

const EVENTS = 60_000;
const IDS = ['random', 'ordered'] as const;
const SHAPES = [1, 100] as const;

interface Line {
  readonly millions: number;
  readonly ids: LoadSpec['ids'];
  readonly eventsPerMessage: number;
  readonly rounds: DrainResult[];
}

/** Drains the same load into empty tables and into tables with millions of rows, in turn. */
export async function growth(
  databases: Databases,
  { millions, rounds }: GrowthOptions,
): Promise<{ markdown: string; results: object }> {
  await using stack = new AsyncDisposableStack();
  const stub = stack.use(await startQueueServer('stub'));
  const embedded = stack.use(await startQueueServer('embedded'));
  using steps = showSteps(millions.length * (1 + rounds * IDS.length * SHAPES.length + 1));
  const filled: { millions: number; database: BenchDatabase }[] = [];
  for (const size of millions.toSorted((a, b) => a - b)) {
    steps.next(`storing ${size} million messages`);
    const smaller = filled.at(-1);
    const database = stack.use(await databases.create(smaller?.database));
    const range = { from: (smaller?.millions ?? 0) * 1e6, until: size * 1e6 };
    await prefill(database, range, (stored) =>
      steps.say(`storing ${size} million messages: ${whole(stored)} stored`),
    );
    filled.push({ millions: size, database });
  }
  const lines: Line[] = filled.flatMap(({ millions }) =>
    IDS.flatMap((ids) => SHAPES.map((eventsPerMessage) => ({ millions, ids, eventsPerMessage, rounds: [] }))),
  );
  let firstEvent = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const line of lines) {
      steps.next(
        `round ${round}: ${line.millions} million, ${line.ids} ids, ${line.eventsPerMessage} a message`,
      );
      const { database } = filled.find(({ millions }) => millions === line.millions) as (typeof filled)[0];
      const { ids, eventsPerMessage } = line;
      const load = { ...PLAIN_LOAD, ids, eventsPerMessage, events: EVENTS, firstEvent };
      line.rounds.push(await drain(stub, database, { contender: PROCESSOR, load }));
      firstEvent += EVENTS;
    }
  }
  const latencies: { millions: number; latency: Latency }[] = [];
  for (const { millions, database } of filled) {
    steps.next(`latency with ${millions} million`);
    latencies.push({ millions, latency: await measurePaced(embedded, database, PROCESSOR, 1) });
  }
  return { markdown: markdown(lines, latencies), results: { lines, latencies } };
}

function markdown(
  lines: readonly Line[],
  latencies: readonly { millions: number; latency: Latency }[],
): string {
  const rate = ({ rounds }: Line) => median(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
  const rows = lines.map((line) => {
    const base = lines.find(
      ({ millions, ids, eventsPerMessage }) =>
        millions === lines[0]?.millions && ids === line.ids && eventsPerMessage === line.eventsPerMessage,
    ) as Line;
    return [
      String(line.millions),
      line.ids,
      line.eventsPerMessage === 1 ? 'single events' : `arrays of ${line.eventsPerMessage}`,
      whole(rate(line)),
      `${Math.round((rate(line) / rate(base)) * 100)} %`,
      median(line.rounds.map(({ cpuSecondsPer10k }) => cpuSecondsPer10k)).toFixed(2),
    ];
  });
  const head = ['millions stored', 'ids', 'load', 'events/s', 'of the first', 'CPU s per 10,000'];
  const latencyRows = latencies.map(({ millions, latency }) => [
    String(millions),
    latency.p50Ms.toFixed(1),
    latency.p99Ms.toFixed(1),
  ]);
  const latencyHead = ['millions stored', 'p50', 'p99'];
  return `## Rate\n\n${markdownTable(head, rows)}\n## From send to commit\n\nAt 100 events/s, in milliseconds.\n\n${markdownTable(latencyHead, latencyRows)}`;
}

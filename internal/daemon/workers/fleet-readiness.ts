import type { Readiness } from '../health.ts';

/** As much of a worker as its readiness needs. */
export interface Probed {
  readonly ready: boolean;
  ask(what: 'readiness'): Promise<Readiness | undefined>;
}

/**
 * Asks all workers, by number. One that is ready makes the whole ready, since it does the work, only slower; how many are
 * not is on the page and in the metrics. While draining nothing is ready, as in a single process.
 */
export async function readinessOfFleet(
  workers: readonly (readonly [number, Probed | undefined])[],
  draining: boolean,
): Promise<Readiness> {
  const answers = await Promise.all(
    workers.map(async ([number, worker]) => ({ number, ...(await readinessOf(worker)) })),
  );
  const ready = answers.filter((answer) => answer.ready).length;
  return {
    ready: ready > 0 && !draining,
    lines: [
      draining ? 'running: draining' : `workers: ${ready} of ${workers.length} ready`,
      ...answers.map(({ number, lines }) => `worker ${number}: ${lines.join(', ')}`),
    ],
  };
}

async function readinessOf(worker: Probed | undefined): Promise<Readiness> {
  if (worker === undefined) return { ready: false, lines: ['not running'] };
  if (!worker.ready) return { ready: false, lines: (await worker.ask('readiness'))?.lines ?? ['starting'] };
  return (await worker.ask('readiness')) ?? { ready: false, lines: ['no answer'] };
}

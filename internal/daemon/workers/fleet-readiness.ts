import type { Readiness } from '../health.ts';

/** As much of a worker as its readiness needs. */
export interface Probed {
  readonly ready: boolean;
  ask(what: 'readiness'): Promise<Readiness | undefined>;
}

/** What one worker says, and whether it runs and cannot do its work. */
interface Answer extends Readiness {
  readonly failing: boolean;
}

/**
 * Asks all workers, by number. Those that start, are replaced or do not answer leave the whole ready as long as another
 * is: it does the work, only slower. One that runs and fails makes the whole not ready: what it fails for all of them
 * share, and others may only not have noticed, having had nothing to do. While draining nothing is ready, as in a single
 * process.
 */
export async function readinessOfFleet(
  workers: readonly (readonly [number, Probed | undefined])[],
  draining: boolean,
): Promise<Readiness> {
  const answers = await Promise.all(
    workers.map(async ([number, worker]) => ({ number, ...(await answerOf(worker)) })),
  );
  const ready = answers.filter((answer) => answer.ready).length;
  return {
    ready: ready > 0 && !draining && !answers.some(({ failing }) => failing),
    lines: [
      draining ? 'running: draining' : `workers: ${ready} of ${workers.length} ready`,
      ...answers.map(({ number, lines }) => `worker ${number}: ${lines.join(', ')}`),
    ],
  };
}

async function answerOf(worker: Probed | undefined): Promise<Answer> {
  if (worker === undefined) return { ready: false, failing: false, lines: ['not running'] };
  const answer = await worker.ask('readiness');
  if (!worker.ready) return { ready: false, failing: false, lines: answer?.lines ?? ['starting'] };
  if (answer === undefined) return { ready: false, failing: false, lines: ['no answer'] };
  return { ...answer, failing: !answer.ready };
}

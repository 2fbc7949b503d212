import type { Readiness } from '../health.ts';

/** The part of a worker that its readiness needs. */
export interface Probed {
  readonly ready: boolean;
  ask(what: 'readiness'): Promise<Readiness | undefined>;
}

/** The answer of one worker, and whether it runs but cannot do its work. */
interface Answer extends Readiness {
  readonly failing: boolean;
}

/**
 * Asks all workers, by number. The fleet stays ready while a worker starts, is replaced or does not answer, as long as
 * another one is ready to do the work, only slower. A worker that runs and fails makes the fleet not ready: all share
 * the cause, and idle workers may not have noticed it yet. A draining fleet is not ready, like a draining single process.
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

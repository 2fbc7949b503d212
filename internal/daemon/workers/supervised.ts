import process from 'node:process';
import type { Readiness } from '../health.ts';
import { ProgramError } from '../program.ts';
import { type Shutdown, shutdownInTwoLevels } from '../signals.ts';
import { type Answers, type FromWorker, type Question, REPORT_MS, type ToWorker } from './messages.ts';
import type { Report } from './report.ts';
import type { MetricSnapshot } from './sum-metrics.ts';

/** What a worker shows of itself. */
interface WorkerFace {
  readonly report: () => Report;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<MetricSnapshot>;
}

/** The worker's side of the line to its supervisor. */
interface Supervised extends Shutdown {
  /** Until it is ready, the worker answers this when asked whether it is. */
  starting(readiness: () => Promise<Readiness>): void;
  /** From now on the worker answers for itself. */
  ready(face: WorkerFace): void;
  /** The last word, when nothing is held any more. */
  settled(face: WorkerFace): Promise<void>;
}

/**
 * Puts this process under its supervisor: shutdown comes from there, in two levels. The worker ends by itself too, first
 * draining, when its supervisor is gone, and on SIGTERM, as service managers send it to all processes at once; it
 * never counts as the second level, which only the supervisor declares. Ctrl-C and the end of a terminal reach every
 * process of its group; here the supervisor's word is awaited.
 * @throws ProgramError when no supervisor started this process
 */
export function joinSupervisor(timeoutSeconds: number, tell: (message: string) => void): Supervised {
  if (process.send === undefined) {
    throw new ProgramError(
      'a worker is started by its supervisor alone, which the program becomes with WORKERS=n',
      {
        exitCode: 2,
      },
    );
  }
  const levels = shutdownInTwoLevels(tell);
  let face: WorkerFace | undefined;
  let opening: Pick<WorkerFace, 'readiness'> | undefined;
  const report = setInterval(() => {
    void say({ kind: 'report', report: face?.report() ?? null });
  }, REPORT_MS);
  const onMessage = (message: ToWorker) => {
    if (message.kind === 'drain') levels.begin(message.withinSeconds, 'draining');
    else if (message.kind === 'stop') levels.hasten('stopping what is not finished');
    else if (face !== undefined) void answer(face, message.id, message.what);
    else if (opening !== undefined && message.what === 'readiness') void answerReadiness(opening, message.id);
  };
  const onTerminate = () => levels.begin(timeoutSeconds, 'SIGTERM: draining');
  const onInterrupt = () => {};
  const onDisconnect = () => levels.begin(timeoutSeconds, 'the supervisor is gone: draining');
  process.on('message', onMessage).on('disconnect', onDisconnect);
  process.on('SIGTERM', onTerminate).on('SIGINT', onInterrupt).on('SIGHUP', onInterrupt);
  if (!process.connected) onDisconnect();
  return {
    drain: levels.drain,
    stop: levels.stop,
    starting(readiness) {
      opening = { readiness };
    },
    ready(shown) {
      face = shown;
      void say({ kind: 'ready' });
    },
    settled: async (shown) => say({ kind: 'ended', report: shown.report(), metrics: await shown.metrics() }),
    [Symbol.dispose]() {
      clearInterval(report);
      process.off('message', onMessage).off('disconnect', onDisconnect);
      // The signals stay as they are: between here and the exit they must not kill a process that is done.
      levels[Symbol.dispose]();
    },
  };
}

async function answer(face: WorkerFace, id: number, what: Question): Promise<void> {
  // A report as new as the metrics: were this worker killed now, the last line would agree with the last page.
  if (what === 'metrics') void say({ kind: 'report', report: face.report() });
  const value: Answers[Question] = what === 'metrics' ? await face.metrics() : await face.readiness();
  await say({ kind: 'answer', id, value });
}

async function answerReadiness({ readiness }: Pick<WorkerFace, 'readiness'>, id: number): Promise<void> {
  await say({ kind: 'answer', id, value: await readiness() });
}

/** Tells the supervisor why this worker ends, for it to log. Without a supervisor it goes to stderr. */
export async function tellSupervisor(message: string, exitCode: number, program: string): Promise<void> {
  if (process.connected) await say({ kind: 'failed', message, exitCode });
  else process.stderr.write(`${program}: ${message}\n`);
}

/** Resolves when the message is on its way, or cannot be any more. */
function say(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) {
      process.send(message, undefined, undefined, () => resolve());
    } else resolve();
  });
}

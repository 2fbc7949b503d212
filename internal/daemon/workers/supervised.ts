import process from 'node:process';
import type { Readiness } from '../health.ts';
import { ProgramError } from '../program.ts';
import { type Shutdown, shutdownInTwoLevels } from '../signals.ts';
import { type Answers, type FromWorker, type Question, REPORT_MS, type ToWorker } from './messages.ts';
import type { Report } from './report.ts';
import type { MetricSnapshot } from './sum-metrics.ts';

/** What a worker answers its supervisor with. */
interface WorkerFace {
  readonly report: () => Report;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<MetricSnapshot>;
}

/** The worker's side of the channel to its supervisor. */
interface Supervised extends Shutdown {
  /** Until `ready`, the worker answers questions about its readiness with this. */
  starting(readiness: () => Promise<Readiness>): void;
  /** From now on, the worker answers all questions. */
  ready(face: WorkerFace): void;
  /** Sends the last message, when nothing is held any more. */
  settled(face: WorkerFace): Promise<void>;
}

/**
 * Puts this process under its supervisor, which shuts it down in two levels. The worker also drains and ends by itself
 * when its supervisor is gone, and on SIGTERM, which service managers send to all processes at once; only the supervisor
 * starts the second level. Ctrl-C and the end of a terminal also reach every process of the group; the worker ignores
 * them and waits for its supervisor.
 * @throws ProgramError when no supervisor started this process
 */
export function joinSupervisor(timeoutSeconds: number, tell: (message: string) => void): Supervised {
  if (process.send === undefined) {
    throw new ProgramError('only a supervisor starts workers: run the program itself, with WORKERS=n', {
      exitCode: 2,
    });
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
      // The signal handlers stay: until the exit, a signal must not kill a process that has finished.
      levels[Symbol.dispose]();
    },
  };
}

async function answer(face: WorkerFace, id: number, what: Question): Promise<void> {
  // Reports at the same time as the metrics: if this worker is killed now, the last report agrees with the last metrics.
  if (what === 'metrics') void say({ kind: 'report', report: face.report() });
  const value: Answers[Question] = what === 'metrics' ? await face.metrics() : await face.readiness();
  await say({ kind: 'answer', id, value });
}

async function answerReadiness({ readiness }: Pick<WorkerFace, 'readiness'>, id: number): Promise<void> {
  await say({ kind: 'answer', id, value: await readiness() });
}

/** Tells the supervisor why this worker ends, for its log; without a supervisor, writes it to stderr. */
export async function tellSupervisor(message: string, exitCode: number, program: string): Promise<void> {
  if (process.connected) await say({ kind: 'failed', message, exitCode });
  else process.stderr.write(`${program}: ${message}\n`);
}

/** Resolves when the message is sent, or cannot be sent any more. */
function say(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) {
      process.send(message, undefined, undefined, () => resolve());
    } else resolve();
  });
}

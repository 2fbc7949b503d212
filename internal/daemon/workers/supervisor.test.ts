import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Report } from './report.ts';
import { Supervisor, type SupervisorOptions, type Worker } from './supervisor.ts';
import type { WorkerEnd } from './worker-process.ts';

const NOTHING: Report = { numbers: { taken: 0 }, held: 0, balanced: true };

/** A worker that does what the test says. */
class FakeWorker implements Worker {
  readonly pid = 1;
  readonly metrics = undefined;
  readonly told: string[] = [];
  readyMs = 0;
  ready = false;
  settled = false;
  report: Report | undefined;
  failure: Worker['failure'];
  readonly #end = Promise.withResolvers<WorkerEnd>();
  readonly exited = this.#end.promise;
  readonly number: number;
  readonly #onReady: () => void;

  constructor(number: number, onReady: () => void) {
    this.number = number;
    this.#onReady = onReady;
  }

  becomeReady(): void {
    this.ready = true;
    this.report = NOTHING;
    this.#onReady();
  }

  settle(taken = 0, balanced = true): void {
    this.report = { numbers: { taken }, held: 0, balanced };
    this.settled = true;
    this.#end.resolve({ code: 0, signal: null });
  }

  die(): void {
    this.#end.resolve({ code: null, signal: 'SIGKILL' });
  }

  fail(message: string, exitCode: number): void {
    this.failure = { message, exitCode };
    this.#end.resolve({ code: exitCode, signal: null });
  }

  ask = async () => undefined;
  takeHeard = () => true;
  drain = (seconds: number) => this.told.push(`drain ${seconds}`);
  stop = () => this.told.push('stop');
  kill = () => this.told.push('kill');
}

/** A supervisor over fake workers, on fake time. */
function supervise(count: number, more: Partial<SupervisorOptions> = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const workers: FakeWorker[] = [];
  const drain = new AbortController();
  const stop = new AbortController();
  const onReady = vi.fn<() => void>();
  const supervisor = new Supervisor({
    count,
    start(number, ready) {
      workers.push(new FakeWorker(number, ready));
      return workers.at(-1) as FakeWorker;
    },
    shutdown: { drain: drain.signal, stop: stop.signal },
    shutdownTimeoutSeconds: 25,
    endsByItself: false,
    onReady,
    metricNames: { prefix: 'test', held: { name: 'held', help: 'Pieces of work.' } },
    log: pino({ level: 'silent' }),
    ...more,
  });
  const run = supervisor.run();
  run.catch(() => {}); // the test checks it later
  return {
    run,
    drain,
    stop,
    onReady,
    /** Advances the time and returns how many workers were started so far. */
    started: async (afterMs = 0): Promise<number> => {
      await vi.advanceTimersByTimeAsync(afterMs);
      return workers.length;
    },
    /** Returns the newest worker of that number. */
    worker: (number: number) => workers.findLast((each) => each.number === number) as FakeWorker,
    /** Lets all workers become ready. */
    allReady: async () => {
      for (let number = 1; number <= count; number += 1) {
        await vi.advanceTimersByTimeAsync(0);
        workers.findLast((each) => each.number === number)?.becomeReady();
      }
    },
  };
}

test('starts the others when the first is ready, and is ready when all have been', async () => {
  const { started, worker, onReady } = supervise(3);
  expect(await started(60_000)).toBe(1);
  worker(1).becomeReady();
  expect(await started()).toBe(3);
  worker(2).becomeReady();
  expect(onReady).not.toHaveBeenCalled();
  worker(3).becomeReady();
  expect(onReady).toHaveBeenCalledOnce();
});

test('the reason that keeps the first worker from starting ends the whole, with its words and exit code', async () => {
  const { run, started, worker } = supervise(3);
  worker(1).fail('the queue nowhere does not exist', 2);
  await expect(run).rejects.toMatchObject({ message: 'the queue nowhere does not exist', exitCode: 2 });
  expect(await started(60_000)).toBe(1);
});

test('the reason that keeps a later worker from starting ends the whole, drained', async () => {
  const { run, started, worker } = supervise(3);
  worker(1).becomeReady();
  await started();
  worker(2).becomeReady();
  worker(3).fail('too many connections', 1);
  await started();
  expect([worker(1).told, worker(2).told]).toEqual([['drain 24'], ['drain 24']]);
  worker(1).settle();
  worker(2).settle();
  await expect(run).rejects.toMatchObject({ message: 'too many connections', exitCode: 1 });
});

test('gives up on a worker that dies without a word at every start', async () => {
  const { run, started, worker } = supervise(2);
  for (let start = 1; start <= 5; start += 1) {
    expect(await started(30_000)).toBe(start);
    worker(1).die();
  }
  await expect(run).rejects.toMatchObject({
    message: expect.stringContaining(
      'worker 1 ended with SIGKILL before it was ready, and so did 4 before it',
    ),
    exitCode: 1,
  });
});

test('goes on trying to replace a worker, waiting longer and longer, while another runs', async () => {
  const { started, worker, allReady } = supervise(2);
  await allReady();
  worker(2).die();
  expect(await started(499)).toBe(2);
  expect(await started(501)).toBe(3);
  for (let i = 1; i <= 8; i += 1) {
    worker(2).fail('PostgreSQL is away', 1);
    await started();
    const before = await started();
    expect(await started(Math.min(30_000, 1_000 * 2 ** i) / 2 - 1)).toBe(before);
    expect(await started(30_000)).toBe(before + 1);
  }
});

test('counts what a dead worker held as abandoned, and still ends well when the others drained', async () => {
  const { run, started, worker, allReady, drain } = supervise(2);
  await allReady();
  worker(1).report = { numbers: { taken: 10 }, held: 3, balanced: true };
  worker(1).die();
  await started(1_000);
  worker(1).becomeReady();
  drain.abort();
  worker(1).settle(3);
  worker(2).settle(5);
  expect(await run).toMatchObject({
    total: { numbers: { taken: 18 }, held: 0, abandoned: 3, balanced: true },
    drained: true,
    restarts: 1,
  });
});

test('passes both levels of shutdown on, and kills the survivors just before its own deadline', async () => {
  const { run, started, worker, allReady, drain, stop } = supervise(2);
  await allReady();
  drain.abort();
  stop.abort();
  worker(1).settle();
  await started(24_499);
  expect(worker(2).told).toEqual(['drain 24', 'stop']);
  await started(1);
  expect(worker(2).told).toEqual(['drain 24', 'stop', 'kill']);
  worker(2).die();
  expect(await run).toMatchObject({ drained: false });
});

test('a worker that was not ready yet when shutdown came held nothing', async () => {
  const { run, worker, started, drain } = supervise(2);
  worker(1).becomeReady();
  await started();
  drain.abort();
  worker(1).settle();
  worker(2).die();
  expect(await run).toMatchObject({ drained: true });
});

test('does not start a worker once shutdown has begun', async () => {
  const { run, started, worker, allReady, drain } = supervise(2);
  await allReady();
  worker(2).die();
  await started();
  drain.abort();
  worker(1).settle();
  expect(await run).toMatchObject({ drained: true });
  expect(await started(60_000)).toBe(2);
});

test('replaces a worker that somebody drained by hand, at once', async () => {
  const { started, worker, allReady } = supervise(2);
  await allReady();
  worker(2).settle(1);
  expect(await started()).toBe(3);
});

test('workers that are to end by themselves are not replaced', async () => {
  const { run, worker, allReady } = supervise(2, { endsByItself: true });
  await allReady();
  worker(1).settle(2);
  worker(2).settle(1);
  expect(await run).toMatchObject({ total: { numbers: { taken: 3 } }, drained: true, restarts: 0 });
});

test('numbers that do not agree show', async () => {
  const { run, worker, allReady, drain } = supervise(2);
  await allReady();
  drain.abort();
  worker(1).settle(2, false);
  worker(2).settle(1);
  expect(await run).toMatchObject({ total: { balanced: false } });
});

import { ProgramError } from '#internal/daemon/program.ts';
import { ChildProgram } from '#internal/embedded/program.ts';
import { readCounters } from '#internal/load/counters.ts';
import type { BooksSnapshot } from '#internal/sender/books.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import { type Deliveries, judgeDeliveries } from './deliveries.ts';
import { startReceivers } from './receivers.ts';
import type { Stack } from './stack.ts';

const LOOK_MS = 50;

interface Delivering extends AsyncDisposable {
  /** Messages that the receivers have. */
  readonly delivered: number;
  /** Resolves when the receivers have as many messages as the processor has stored. */
  complete(healthPort: number, stop: AbortSignal): Promise<void>;
  /** Ends the sender, and compares what the receivers got with PostgreSQL and with its books. */
  end(): Promise<Deliveries>;
}

/** Starts receivers, and a sender that delivers to them. */
export async function startDelivering(stack: Stack, receiversFail: number): Promise<Delivering> {
  await using opened = new AsyncDisposableStack();
  const receivers = opened.use(await startReceivers(stack, receiversFail));
  const sender = opened.use(
    new ChildProgram({
      path: 'cmd/sender/main.ts',
      name: 'sender',
      env: { ...stack.env, ...receivers.env },
      folder: stack.folder,
    }),
  );
  await sender.logged('ready');
  const { ledger, ledgerPath } = receivers;
  const kept = opened.move();
  return {
    get delivered() {
      return ledger.received.delivered;
    },
    async complete(healthPort, stop) {
      while (!stop.aborted) {
        if (sender.ended) throw sender.failure();
        const { stored } = await readCounters(healthPort);
        if (ledger.received.delivered >= stored) return;
        await sleep(LOOK_MS, stop);
      }
      throw new ProgramError('stopped before everything was delivered');
    },
    async end() {
      sender.signal('SIGTERM');
      const books = (await sender.logged('stopped')) as unknown as BooksSnapshot;
      await sender.exited;
      return await judgeDeliveries(stack.pool, ledgerPath, books);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

import type { Shutdown } from '#internal/daemon/signals.ts';
import { ChildProgram } from '#internal/embedded/program.ts';
import type { DemoOptions } from './options.ts';
import { type Stack, TENANTS } from './stack.ts';

/** Events per second when no number of events is given: slow enough to follow the counters. */
const WATCHABLE_RATE = 300;

/** Starts the producers, which write the outcome of every event to the ledger. */
export function startProducers(options: DemoOptions, { env, folder }: Stack, ledger: string): ChildProgram {
  const args = argumentsOf(options, ledger);
  return new ChildProgram({ path: 'cmd/producers/main.ts', name: 'producers', args, env, folder });
}

function argumentsOf({ events, rate }: DemoOptions, ledger: string): string[] {
  const pace = rate ?? (events === undefined ? WATCHABLE_RATE : undefined);
  return [
    '--tenants',
    TENANTS.join(','),
    '--bad',
    '0.02',
    '--duplicates',
    '0.03',
    '--ledger',
    ledger,
    ...(events === undefined ? [] : ['--count', String(events)]),
    ...(pace === undefined ? [] : ['--rate', String(pace)]),
  ];
}

/** Resolves when the producers are done, or Ctrl-C has ended them. */
export async function produce(
  producers: ChildProgram,
  processor: ChildProgram,
  { drain }: Shutdown,
): Promise<void> {
  drain.addEventListener('abort', () => producers.signal('SIGTERM'), { once: true });
  const crashed = processor.exited.then(() => {
    throw processor.failure();
  });
  const { code } = await Promise.race([producers.exited, crashed]);
  // Before they listen for signals, SIGTERM ends them at once; they have sent nothing by then.
  const neverBegan = code === null && drain.aborted;
  if (code !== 0 && !neverBegan) throw producers.failure();
}

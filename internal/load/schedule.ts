import { sleep } from '#internal/waiting/sleep.ts';
import type { EventGenerator, GeneratedEvent } from './generator.ts';

export interface Pace {
  /** Events in total; without it, events until the signal. */
  readonly count?: number | undefined;
  /** Events per second; without it, as fast as the consumer accepts them. */
  readonly rate?: number | undefined;
  /** One event of every producer each tick, and sometimes a bad one; ignores count and rate. */
  readonly ticks: boolean;
}

const TICK_MS = 100;

/** Yields groups of events, each when it is due; ends after `count` events or when the signal aborts. */
export async function* schedule(
  generator: EventGenerator,
  { count = Number.POSITIVE_INFINITY, rate, ticks }: Pace,
  signal: AbortSignal,
): AsyncGenerator<Iterable<GeneratedEvent>> {
  if (ticks) {
    for await (const _ of everyTick(signal)) yield generator.tick();
  } else if (rate === undefined) {
    yield take(generator, count, signal);
  } else {
    let made = 0;
    let due = 0;
    let before = 0;
    for await (const seconds of everyTick(signal)) {
      // Of the events that could not be sent in time, at most those of one second are sent later.
      due = Math.min(due + (seconds - before) * rate, Math.max(rate, 1));
      before = seconds;
      const now = Math.min(Math.floor(due), count - made);
      due -= now;
      made += now;
      if (now > 0) yield take(generator, now, signal);
      if (made >= count) return;
    }
  }
}

function* take(generator: EventGenerator, count: number, signal: AbortSignal): Generator<GeneratedEvent> {
  for (let i = 0; i < count && !signal.aborted; i += 1) yield generator.next();
}

/** Yields the seconds since the start, at once and then at every tick; skips missed ticks. */
async function* everyTick(signal: AbortSignal): AsyncGenerator<number> {
  const start = performance.now();
  for (let tick = 0; !signal.aborted; ) {
    const elapsed = performance.now() - start;
    yield elapsed / 1000;
    tick = Math.max(tick + 1, Math.ceil((performance.now() - start) / TICK_MS));
    await sleep(tick * TICK_MS - (performance.now() - start), signal);
  }
}

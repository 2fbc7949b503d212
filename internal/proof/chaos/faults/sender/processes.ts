import { until } from '#internal/proof/kit/until.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import { type Deliveries, LEASE_SECONDS } from '../../deliveries/deliveries.ts';
import { hang } from '../../deliveries/manners.ts';
import { nameOf } from '../../deliveries/target.ts';
import type { Fault } from '../../fault.ts';
import { strikes } from '../striking.ts';
import { excusing, senderFault, shardsDivided } from './faults.ts';

const HOUR_MS = 3_600_000;

/** Requests of a stopped process that had begun and were not written to a socket yet. */
const MOST_UNSENT = 8;
const STEADY_MS = 300;

/** Waits until all requests that senders may have in flight have arrived. */
async function allInFlight({ receiver }: Deliveries, signal: AbortSignal): Promise<void> {
  await until(() => receiver.holding >= 6, { what: 'requests in flight', timeoutMs: 8_000 });
  for (let before = 0; before < receiver.holding; ) {
    before = receiver.holding;
    await sleep(STEADY_MS, signal);
  }
}

/** One of the two senders has a wrong clock. */
function clockOff(name: string, what: string, offsetMs: number): Fault {
  return senderFault({
    name,
    what,
    alone: true,
    anyTime: true,
    senderEnvironment: (nth) =>
      nth === 0
        ? {
            NODE_OPTIONS: `--import ${new URL('../../clock.ts', import.meta.url).href}`,
            CHAOS_CLOCK_OFFSET_MS: String(offsetMs),
          }
        : {},
    async inject({ deliveries: { senders } }, signal) {
      await sleep(1_500, signal);
      const [wrong] = senders.running;
      if (wrong === undefined) throw new Error('no sender runs');
      await senders.end(wrong); // the other one goes on with what this one has written
      await senders.startReady();
      return 1;
    },
  });
}

export const processFaults: readonly Fault[] = [
  senderFault({
    name: 'sender-frozen',
    what: 'a sender is stopped for longer than its lease while it has requests in flight, and goes on',
    actsOn: 'shards',
    inject: ({ deliveries }, signal, random) =>
      strikes(1, signal, async () => {
        const { excused, frozen, receiver, senders } = deliveries;
        const { child } = await senders.pick(random);
        const release = receiver.hold();
        try {
          await allInFlight(deliveries, signal);
          child.signal('SIGSTOP');
        } finally {
          release(); // it finds the answers when it goes on
        }
        const fromMs = Date.now();
        try {
          await sleep((LEASE_SECONDS + 4) * 1000, signal);
        } finally {
          child.signal('SIGCONT');
          const toMs = Date.now();
          frozen.push({ fromMs, toMs });
          excused.push({ fromMs: fromMs - 1_500, toMs: fromMs + 500 }, { fromMs, toMs, most: MOST_UNSENT });
        }
      }),
  }),
  senderFault({
    name: 'senders-two-to-three',
    what: 'a third sender starts under load and takes its share',
    inject: ({ deliveries }, signal) =>
      strikes(1, signal, async () => {
        await deliveries.senders.startReady();
        await shardsDivided(deliveries, 3, signal);
      }),
  }),
  senderFault({
    name: 'sender-drained',
    what: 'SIGTERM to a sender under load; another one starts',
    inject: ({ deliveries: { senders } }, signal, random) =>
      strikes(2, signal, async () => {
        await senders.end(await senders.pick(random));
        await senders.startReady();
      }),
  }),
  senderFault({
    name: 'senders-rebalance',
    what: 'senders come and go under load, so that shards are given up and taken all the time',
    async inject({ deliveries: { senders } }, signal, random) {
      for (let n = 0; n < 3; n += 1) {
        await senders.startReady();
        await sleep(random.whole(200, 1_500), signal);
        await senders.end(await senders.pick(random));
      }
      return 6;
    },
  }),
  senderFault({
    name: 'senders-rolling-restart',
    what: 'all senders are replaced one after the other under load',
    async inject({ deliveries: { senders } }) {
      const old = senders.running;
      for (const each of old) {
        await senders.startReady();
        await senders.end(each);
      }
      return old.length;
    },
  }),
  senderFault({
    name: 'sender-sigterm-twice',
    what: 'SIGTERM twice while receivers hang: requests in flight are given up',
    actsOn: 'receiver',
    inject: ({ deliveries }, signal, random) =>
      strikes(1, signal, () =>
        excusing(deliveries, async () => {
          const { receiver, senders, targets } = deliveries;
          for (const target of targets) receiver.manners.set(nameOf(target), hang);
          try {
            await sleep(500, signal);
            await senders.end(await senders.pick(random), random.whole(100, 500));
          } finally {
            receiver.manners.clear();
          }
          await senders.startReady();
        }),
      ),
  }),
  clockOff('sender-clock-ahead', 'the clock of one of two senders is an hour ahead', HOUR_MS),
  clockOff('sender-clock-behind', 'the clock of one of two senders is an hour behind', -HOUR_MS),
];

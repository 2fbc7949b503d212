import { until } from '#internal/proof/kit/until.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import { LEASE_SECONDS } from '../../deliveries/deliveries.ts';
import type { Fault } from '../../fault.ts';
import type { Moment } from '../../postgres-proxy.ts';
import { strikes } from '../striking.ts';
import {
  type DeliveringSite,
  excusing,
  isHold,
  isRecord,
  isRecovery,
  senderFault,
  shardsDivided,
} from './faults.ts';

/** What two senders may have in flight or unwritten. */
const ALL_LOST = 2 * (64 + 500);
const TAKEOVER_MS = (LEASE_SECONDS + 15) * 1000;

/** kill -9 of the sender that comes to that moment of such a statement; another one takes its place. */
function killAt(
  name: string,
  { moment, matches, times = 2 }: { moment: Moment; matches: (sql: string) => boolean; times?: number },
  what: string,
): Fault {
  return senderFault({
    name,
    what,
    inject: ({ deliveries }, signal) =>
      strikes(times, signal, (patience) =>
        excusing(deliveries, async () => {
          const { senders } = deliveries;
          const { caught, sender } = await senders.catchAt(moment, matches, patience);
          try {
            await senders.kill(sender);
          } finally {
            caught.cut();
          }
        }),
      ),
  });
}

/** How many shards are held by senders that are alive. */
async function shardsHeld({ pool }: DeliveringSite): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::integer as count from shard s join sender o on o.id = s.owner where s.until > now()',
  );
  return rows[0]?.count ?? 0;
}

export const killFaults: readonly Fault[] = [
  senderFault({
    name: 'sender-kill-after-request',
    what: 'kill -9 of a sender when receivers have its requests and have not answered',
    inject: ({ deliveries }, signal, random) =>
      strikes(2, signal, () =>
        excusing(deliveries, async () => {
          const { receiver, senders } = deliveries;
          const release = receiver.hold();
          try {
            await until(() => receiver.holding >= 6, { what: 'requests in flight', timeoutMs: 8_000 });
            await senders.kill(await senders.pick(random));
          } finally {
            release();
          }
        }),
      ),
  }),
  killAt(
    'sender-kill-before-record',
    { moment: 'before_statement', matches: isRecord },
    'kill -9 of a sender when requests are answered and their facts are on the way to PostgreSQL',
  ),
  killAt(
    'sender-kill-before-commit',
    { moment: 'before_commit', matches: isRecord },
    'kill -9 of a sender when facts are inserted and not committed',
  ),
  killAt(
    'sender-kill-after-commit',
    { moment: 'after_commit', matches: isRecord },
    'kill -9 of a sender when facts are committed and it does not know',
  ),
  killAt(
    'sender-kill-during-renewal',
    { moment: 'after_commit', matches: isHold },
    'kill -9 of a sender when it has just renewed its lease',
  ),
  senderFault({
    name: 'sender-kill-at-start',
    what: 'a third sender is started and gets kill -9 when it has its first shards',
    inject: ({ deliveries }, signal) =>
      strikes(1, signal, () =>
        excusing(deliveries, async () => {
          const { senders } = deliveries;
          const third = await senders.startReady();
          await shardsDivided(deliveries, 3, signal);
          await senders.kill(third);
        }),
      ),
  }),
  senderFault({
    name: 'sender-kill-at-takeover',
    what: 'kill -9 of a sender, and of the one that takes over when it reads what was settled',
    actsOn: 'shards',
    inject: ({ deliveries }, signal, random) =>
      strikes(1, signal, () =>
        excusing(
          deliveries,
          async () => {
            const { senders } = deliveries;
            await senders.kill(await senders.pick(random));
            const patience = AbortSignal.any([signal, AbortSignal.timeout(TAKEOVER_MS)]);
            const { caught, sender } = await senders.catchAt('after_commit', isRecovery, patience);
            try {
              await senders.kill(sender);
            } finally {
              caught.cut();
            }
          },
          ALL_LOST,
        ),
      ),
  }),
  senderFault({
    name: 'senders-all-killed',
    what: 'kill -9 of all senders at once; others start',
    inject: (site, signal) =>
      strikes(1, signal, async () => {
        const { deliveries } = site;
        await excusing(
          deliveries,
          async () => {
            await Promise.all(deliveries.senders.running.map((sender) => deliveries.senders.kill(sender)));
          },
          ALL_LOST,
        );
        await sleep(500, signal);
        const isHeld = async () => signal.aborted || (await shardsHeld(site)) === 64;
        await until(isHeld, { what: 'all shards to be held again', timeoutMs: TAKEOVER_MS });
      }),
  }),
];

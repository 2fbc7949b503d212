import { sleep } from '#internal/waiting/sleep.ts';
import { replayDeadDeliveries } from '#internal/operations/deliveries/dead.ts';
import { resumeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { until } from '#internal/proof/kit/until.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import {
  answers,
  atFirst,
  dripBody,
  dripHead,
  earlyHints,
  endlessHeaders,
  gzipBomb,
  hang,
  hugeBody,
  loseAnswer,
  resetReused,
  unreliable,
} from '../../deliveries/manners.ts';
import type { Fault } from '../../fault.ts';
import { compareDelays } from './delays.ts';
import { senderFault } from './faults.ts';
import { type Manners, misbehave, misbehaveFor } from './misbehaving.ts';

function misbehaving(name: string, what: string, manners: Manners, milliseconds = 2_500): Fault {
  return senderFault({
    name,
    what,
    actsOn: 'receiver',
    inject: ({ deliveries }, signal) =>
      misbehaveFor(deliveries, manners, { milliseconds, signal, count: 'all' }),
  });
}

/** When the endpoints fell silent. */
const began = new WeakMap<Deliveries, number>();

const EVERY = ['plain', 'ordered', 'typed', 'limited', 'two-secrets', 'paused', 'tls'];

export const receiverFaults: readonly Fault[] = [
  misbehaving(
    'receivers-fail',
    'a fifth of the requests fail with 500, a tenth are reset',
    Object.fromEntries(EVERY.map((id) => [id, unreliable])),
    4_000,
  ),
  misbehaving('receivers-hang', 'receivers never answer', { plain: hang, tls: hang, ordered: hang }),
  misbehaving('receivers-drip', 'status lines and bodies come a byte a second', {
    plain: dripHead,
    typed: dripBody,
  }),
  misbehaving('receivers-huge', 'responses of 1 GiB, with 500 and with 200', {
    plain: hugeBody(500),
    typed: hugeBody(200),
  }),
  misbehaving('receivers-gzip-bomb', 'responses inflate to a thousand times their size', { plain: gzipBomb }),
  misbehaving('receivers-endless-headers', 'response headers do not end', { plain: endlessHeaders }),
  misbehaving('receivers-early-hints', '103 Early Hints without end', { plain: earlyHints }),
  misbehaving(
    'receivers-reset-reused',
    'connections are reset when they are reused, or closed at about that time',
    Object.fromEntries(EVERY.map((id) => [id, resetReused])),
    4_000,
  ),
  senderFault({
    name: 'receivers-refuse',
    what: 'connections are refused for some seconds',
    actsOn: 'receiver',
    async inject({ deliveries: { receiver } }, signal, random) {
      const again = await receiver.refuse();
      try {
        await sleep(random.whole(1_000, 2_500), signal);
      } finally {
        await again();
      }
      return 1;
    },
  }),
  senderFault({
    name: 'receivers-lose-answers',
    what: 'receivers take messages, and the connection breaks before their answer leaves',
    actsOn: 'receiver',
    inject: ({ deliveries }, signal) =>
      misbehaveFor(deliveries, Object.fromEntries(EVERY.map((id) => [id, atFirst(6, loseAnswer)])), {
        milliseconds: 2_500,
        signal,
      }),
  }),
  senderFault({
    name: 'receivers-gone',
    what: 'receivers answer 410, which disables their endpoints; an operator resumes these',
    actsOn: 'receiver',
    async inject({ deliveries }, signal) {
      const { pool } = deliveries;
      const end = misbehave(deliveries, { plain: answers(410), typed: answers(410) });
      const disabled = async () => {
        const { rows } = await pool.query<{ tenantId: string; id: string }>(
          `select tenant_id as "tenantId", id from endpoint where state = 'disabled'`,
        );
        return rows;
      };
      try {
        await until(async () => (await disabled()).length > 0, { what: 'an endpoint to be disabled' });
      } finally {
        await sleep(500, signal);
        end();
      }
      let resumed = 0;
      // Twice: what was in flight when one was disabled may disable it again.
      for (let n = 0; n < 2; n += 1) {
        await sleep(700, signal);
        for (const name of await disabled()) {
          await resumeEndpoint(pool, name);
          resumed += 1;
        }
      }
      return resumed;
    },
  }),
  senderFault({
    name: 'receivers-refuse-bytes',
    what: 'receivers answer 413 and 415: deliveries die at once; an operator replays the dead ones',
    actsOn: 'receiver',
    async inject({ deliveries }, signal) {
      const struck = await misbehaveFor(
        deliveries,
        { plain: answers(413), typed: answers(415) },
        { milliseconds: 1_500, signal },
      );
      await sleep(1_500, signal); // the last of them are written down
      await replayDeadDeliveries(deliveries.pool, {}, { signal, progress: () => {} });
      return struck;
    },
  }),
  senderFault({
    name: 'black-hole',
    what: 'one endpoint of each tenant never answers, while messages pile up for it: others are as fast as before',
    between: true,
    load: (plans) => plans.map((plan) => ({ ...plan, count: plan.count * 2 })),
    async inject({ deliveries }) {
      began.set(deliveries, Date.now());
      misbehave(deliveries, { plain: hang });
      return 1;
    },
    judge: ({ deliveries }) => compareDelays(deliveries, began.get(deliveries) ?? 0),
  }),
];

import { runReplay } from '#internal/operations/deliveries/replay.ts';
import { changeEndpoint, pauseEndpoint, resumeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { deleteEndpoint } from '#internal/postgres/endpoints/remove.ts';
import { beginReplay } from '#internal/postgres/replays/begin.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Violation } from '../../checker.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import { unreliable } from '../../deliveries/manners.ts';
import { nameOf, type Target } from '../../deliveries/target.ts';
import type { Fault } from '../../fault.ts';
import { TENANTS } from '../../stack.ts';
import { strikes } from '../striking.ts';
import { senderFault } from './faults.ts';
import { misbehave } from './misbehaving.ts';

/** A sender looks for changes of endpoints each second; on a slow machine, and with PostgreSQL away, later. */
const NOTICED_MS = 8_000;

function nameIn({ tenant, id }: Target): { tenantId: string; id: string } {
  return { tenantId: tenant, id };
}

/** Requests that came long after the endpoint was changed, and do not follow from the change. */
function checkStale(
  { receiver }: Deliveries,
  { target, sinceMs }: { target: Target; sinceMs: number },
  isStale: (url: string) => boolean,
): Violation[] {
  const late = receiver.got.filter(
    ({ endpoint, arrivedMs, url }) =>
      endpoint === nameOf(target) && arrivedMs > sinceMs + NOTICED_MS && isStale(url),
  );
  const what = `${nameOf(target)} got ${late.length} requests as it was before its change`;
  return late.length === 0 ? [] : [{ promise: 'endpoints get what is theirs', what }];
}

const changed = new WeakMap<Deliveries, { target: Target; sinceMs: number }[]>();

export const operatorFaults: readonly Fault[] = [
  senderFault({
    name: 'endpoint-added',
    what: 'endpoints are added while messages stream in: nothing is missed from then on',
    async inject({ deliveries }, signal, random) {
      let added = 0;
      for (const client of ['client-1', 'client-2', 'client-3']) {
        for (const tenant of TENANTS) {
          await deliveries.add(tenant, { id: `added-${client}`, client, ordered: random.chance(0.3) });
          added += 1;
        }
        await sleep(random.whole(50, 400), signal);
      }
      return added;
    },
  }),
  senderFault({
    name: 'endpoint-removed',
    what: 'endpoints are removed while messages are delivered to them',
    async inject({ deliveries }, signal, random) {
      const targets = [];
      for (const tenant of TENANTS)
        targets.push(await deliveries.add(tenant, { id: 'brief', client: 'client-2' }));
      await sleep(random.whole(300, 1_200), signal);
      for (const target of targets) {
        target.removedMs = Date.now();
        await deleteEndpoint(deliveries.pool, nameIn(target));
      }
      return targets.length;
    },
    judge: ({ deliveries }) =>
      Promise.resolve(
        deliveries
          .all('brief')
          .flatMap((target) =>
            checkStale(
              deliveries,
              { target, sinceMs: target.removedMs ?? Number.POSITIVE_INFINITY },
              () => true,
            ),
          ),
      ),
  }),
  senderFault({
    name: 'url-changed',
    what: 'the URL of an endpoint changes between attempts: retries go to the new one',
    actsOn: 'receiver',
    async inject({ deliveries }, signal) {
      const { receiver, pool } = deliveries;
      const end = misbehave(deliveries, { plain: unreliable });
      const targets = deliveries.all('plain');
      await sleep(700, signal);
      for (const target of targets)
        await changeEndpoint(pool, nameIn(target), { url: `${receiver.urlOf(nameOf(target), false)}?moved` });
      const sinceMs = Date.now();
      changed.set(
        deliveries,
        targets.map((target) => ({ target, sinceMs })),
      );
      await sleep(1_000, signal);
      end();
      return targets.length;
    },
    judge: ({ deliveries }) =>
      Promise.resolve(
        (changed.get(deliveries) ?? []).flatMap((change) =>
          checkStale(deliveries, change, (url) => !url.endsWith('?moved')),
        ),
      ),
  }),
  senderFault({
    name: 'secret-rotated',
    what: 'secrets are rotated in the middle of the backlog: the old and the new one both verify',
    async inject({ deliveries }) {
      const targets = ['plain', 'typed', 'limited', 'paused'].flatMap((id) => deliveries.all(id));
      for (const target of targets) await deliveries.rotate(target, NOTICED_MS);
      return targets.length;
    },
  }),
  senderFault({
    name: 'replays',
    what: 'messages are replayed while deliveries of them run: failed ones, missing ones and all',
    actsOn: 'receiver',
    async inject({ deliveries }, signal) {
      const { pool } = deliveries;
      const end = misbehave(deliveries, { plain: unreliable, typed: unreliable });
      let messages = 0;
      try {
        await sleep(500, signal);
        const targets = ['plain', 'typed'].flatMap((id) => deliveries.all(id));
        for (const kind of ['failed', 'missing', 'all'] as const) {
          for (const target of targets) {
            const id = await beginReplay(pool, target.number, { kind, since: new Date(0) });
            const ended = await runReplay(pool, id, { signal, progress: () => {} });
            messages += ended?.messages ?? 0;
          }
        }
      } finally {
        end();
      }
      if (messages === 0) throw new Error('no message was replayed');
      return messages;
    },
  }),
  senderFault({
    name: 'endpoint-paused',
    what: 'endpoints are paused and resumed again and again under load',
    inject: ({ deliveries }, signal, random) =>
      strikes(4, signal, async () => {
        const targets = ['plain', 'ordered', 'limited', 'tls'].flatMap((id) => deliveries.all(id));
        for (const target of targets) await pauseEndpoint(deliveries.pool, nameIn(target), 'chaos');
        await sleep(random.whole(50, 600), signal);
        for (const target of targets) await resumeEndpoint(deliveries.pool, nameIn(target));
      }),
  }),
];

import { readFile } from 'node:fs/promises';
import { makeCertificate } from '../../../../load/receivers/certificate.ts';
import { changeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { deleteEndpoint } from '#internal/postgres/endpoints/remove.ts';
import { until } from '#internal/proof/kit/until.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Violation } from '../../checker.ts';
import { answers } from '../../deliveries/manners.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import { HOST } from '../../deliveries/receiver.ts';
import { nameOf } from '../../deliveries/target.ts';
import type { Fault } from '../../fault.ts';
import { senderFault } from './faults.ts';
import { misbehave, misbehaveFor } from './misbehaving.ts';

const METADATA_URL = 'http://169.254.169.254/latest/meta-data/';
/** The same address, as /proc/net/tcp shows it. */
const METADATA_HEX = 'FEA9FEA9';
const PAUSE_SECONDS = 3;
/** Requests that began before the sender knew of a pause arrive within this time. */
const ON_THEIR_WAY_MS = 500;

function certificate(
  name: string,
  what: string,
  certificateOf: (deliveries: Deliveries) => ReturnType<typeof makeCertificate>,
): Fault {
  return senderFault({
    name,
    what,
    actsOn: 'receiver',
    async inject({ deliveries }, signal) {
      const { receiver, pool } = deliveries;
      receiver.useCertificate(certificateOf(deliveries));
      const failures = async () => {
        const { rows } = await pool.query<{ count: number }>(
          `select count(*)::integer as count from attempt where error like 'tls%'`,
        );
        return rows[0]?.count ?? 0;
      };
      try {
        await until(async () => signal.aborted || (await failures()) > 0, { what: 'a handshake that fails' });
        await sleep(1_000, signal);
        return await failures();
      } finally {
        receiver.useCertificate(receiver.certificate);
      }
    },
  });
}

/** Watches for connections of anybody on this machine to the metadata address until the signal. */
async function watchMetadata({ receiver }: Deliveries, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const sockets = await readFile('/proc/net/tcp', 'latin1').catch(() => '');
    if (sockets.includes(METADATA_HEX)) receiver.forbidden += 1;
    await sleep(10, signal);
  }
}

/** No request may arrive while an endpoint has asked for a pause. */
function checkPauses({ receiver, targets }: Deliveries): Violation[] {
  return targets.flatMap((target): Violation[] => {
    const got = receiver.got.filter(({ endpoint }) => endpoint === nameOf(target));
    const last = got.findLast(({ status }) => status === 429);
    const untilMs = (last?.endedMs ?? 0) + PAUSE_SECONDS * 1000 - 50;
    const early = got.filter(
      ({ arrivedMs }) =>
        last !== undefined && arrivedMs > (last.endedMs ?? 0) + ON_THEIR_WAY_MS && arrivedMs < untilMs,
    );
    const what = `${nameOf(target)} got ${early.length} requests while it had asked for a pause`;
    return early.length === 0 ? [] : [{ promise: 'one endpoint does not hurt another', what }];
  });
}

/** Leads to an address that is allowed and to one that is not, in turn: so does every name, for the senders of a round. */
const REBINDING = 'rebinds.example';

async function blocked({ pool }: Deliveries): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from attempt where error like 'blocked_address%'`,
  );
  return rows[0]?.count ?? 0;
}

export const safetyFaults: readonly Fault[] = [
  senderFault({
    name: 'receivers-redirect',
    what: 'receivers redirect to the metadata address of clouds, to an address that is not allowed, and to another endpoint',
    actsOn: 'receiver',
    inject: ({ deliveries }, signal) =>
      misbehaveFor(
        deliveries,
        {
          plain: answers(307, { location: METADATA_URL }),
          ordered: answers(308, { location: deliveries.receiver.forbiddenUrl }),
          typed: answers(302, { location: deliveries.receiver.urlOf('elsewhere/stolen', false) }),
        },
        { milliseconds: 2_000, signal },
      ),
  }),
  senderFault({
    name: 'forbidden-addresses',
    what: 'endpoints whose URLs are the metadata address and an address of this machine that is not allowed',
    async inject({ deliveries }, signal) {
      const { pool, receiver } = deliveries;
      const watched = new AbortController();
      const watching = watchMetadata(deliveries, watched.signal);
      const urls = [
        METADATA_URL,
        receiver.forbiddenUrl,
        'http://[::ffff:169.254.169.254]/',
        'http://2852039166/',
      ];
      const [tenant] = deliveries.targets.map((target) => target.tenant);
      const added = [];
      for (const [i, url] of urls.entries()) {
        const target = await deliveries.add(tenant ?? '', { id: `forbidden-${i}`, client: 'client-1' });
        target.removedMs = Date.now(); // nothing is expected of it
        await changeEndpoint(pool, { tenantId: target.tenant, id: target.id }, { url });
        added.push(target);
      }
      try {
        await until(async () => signal.aborted || (await blocked(deliveries)) > 0, {
          what: 'an address that is refused',
        });
        await sleep(2_000, signal);
        return await blocked(deliveries);
      } finally {
        for (const { tenant: tenantId, id } of added) await deleteEndpoint(pool, { tenantId, id });
        watched.abort();
        await watching;
      }
    },
  }),
  senderFault({
    name: 'rebinding-dns',
    what: 'the name of an endpoint leads to its receiver and to an address that is not allowed, in turn',
    async inject({ deliveries }, signal) {
      const { pool, receiver, targets } = deliveries;
      const tenant = targets[0]?.tenant ?? '';
      const target = await deliveries.add(tenant, { id: 'rebinding', client: 'client-1' });
      target.removedMs = Date.now(); // nothing is expected of it
      const name = nameOf(target);
      const url = receiver.urlOf(name, false).replace(HOST, REBINDING);
      receiver.manners.set(name, answers(500, { connection: 'close' })); // so that there is always something to send
      await changeEndpoint(pool, { tenantId: tenant, id: target.id }, { url });
      const reached = () => receiver.got.filter((each) => each.host.startsWith(REBINDING)).length;
      try {
        const isStruck = async () => signal.aborted || (reached() > 0 && (await blocked(deliveries)) > 0);
        await until(isStruck, { what: 'both addresses of the name', timeoutMs: 30_000 });
        return reached() + (await blocked(deliveries));
      } finally {
        await deleteEndpoint(pool, { tenantId: tenant, id: target.id });
      }
    },
  }),
  senderFault({
    name: 'receivers-throttle',
    what: 'receivers answer 429 and ask to wait for three seconds',
    alone: true, // a pause is memory of one sender
    async inject({ deliveries }, signal) {
      const retryAfter = { 'retry-after': String(PAUSE_SECONDS) };
      const end = misbehave(deliveries, { plain: answers(429, retryAfter), tls: answers(503, retryAfter) });
      try {
        const isThrottled = () => deliveries.receiver.got.some(({ status }) => status === 429);
        await until(() => signal.aborted || isThrottled(), { what: 'a request that is throttled' });
        await sleep(1_000, signal);
      } finally {
        end();
      }
      return deliveries.receiver.got.filter(({ status }) => status === 429 || status === 503).length;
    },
    judge: ({ deliveries }) => Promise.resolve(checkPauses(deliveries)),
  }),
  certificate(
    'certificate-expired',
    "receivers' certificate has expired; a valid one comes later",
    ({ receiver }) => receiver.expired,
  ),
  certificate(
    'certificate-self-signed',
    "receivers' certificate is signed by itself and nobody trusts it; the right one comes later",
    () => makeCertificate(HOST),
  ),
];

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ProgramError } from '#internal/daemon/program.ts';
import { FRIENDLY } from '#internal/load/receivers/behaviour.ts';
import { DeliveryLedger } from '#internal/load/receivers/delivery-ledger.ts';
import { openReceivers } from '#internal/load/receivers/receivers.ts';
import { PRODUCERS } from '#internal/load/payloads.ts';
import { addEndpoint } from '#internal/operations/endpoints/add.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { type Stack, TENANTS } from './stack.ts';

/** Short waits, and enough attempts that receivers which fail now and then get everything. */
const RETRY_SECONDS = Array.from({ length: 40 }, () => 1);

const KEY_NAME = 'demo';

interface Delivering extends AsyncDisposable {
  /** Environment variables of a sender that delivers to the receivers. */
  readonly env: Readonly<Record<string, string>>;
  readonly ledger: DeliveryLedger;
  readonly ledgerPath: string;
  readonly url: string;
}

/** Starts receivers, and gives each client of each tenant an endpoint there with a secret of its own. */
export async function startReceivers({ pool, folder }: Stack, fail: number): Promise<Delivering> {
  await using opened = new AsyncDisposableStack();
  const ledgerPath = join(folder, 'receivers.jsonl');
  const ledger = opened.use(new DeliveryLedger(ledgerPath));
  const key = randomBytes(32);
  const secrets = new Map<string, Buffer>();
  const behaviour = {
    ...FRIENDLY,
    statuses: [
      { status: 200, share: 1 - fail },
      { status: 500, share: fail },
    ],
  };
  const { url } = opened.use(
    await openReceivers({
      port: 0,
      host: '127.0.0.1',
      behaviourOf: () => behaviour,
      keysOf: (endpoint) => [secrets.get(endpoint) ?? randomBytes(32)],
      seed: 1,
      ledger,
    }),
  );
  const sealing = new Sealing([{ name: KEY_NAME, key }]);
  const { signal } = new AbortController();
  for (const tenantId of TENANTS) {
    for (const { client: clientId } of PRODUCERS) {
      const name = endpointOf(tenantId, clientId);
      const secret = { kind: 'hmac', key: randomBytes(32) } as const;
      secrets.set(name, secret.key);
      const added = await addEndpoint(
        pool,
        {
          tenantId,
          clientId,
          id: clientId,
          options: { url: `${url}/hooks/${name}`, retrySeconds: RETRY_SECONDS },
          headers: {},
          secret,
          ed25519: false,
          from: undefined,
        },
        { sealing, signal, waiting: () => {} },
      );
      if (added.kind !== 'added') throw new ProgramError(`the endpoint ${name} was not added: ${added.kind}`);
    }
  }
  const kept = opened.move();
  return {
    env: {
      SENDER_KEYS: `${KEY_NAME}:${key.toString('base64')}`,
      SENDER_ALLOW_HTTP: 'true',
      SENDER_ALLOW_CIDRS: '127.0.0.0/8',
    },
    ledger,
    ledgerPath,
    url,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Name at the receivers of the endpoint of a client. */
export function endpointOf(tenantId: string, clientId: string): string {
  return `${tenantId}/${clientId}`;
}

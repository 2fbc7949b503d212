import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { addEndpoint } from '#internal/operations/endpoints/add.ts';
import { rotateEndpointSecret } from '#internal/operations/endpoints/rotate-secret.ts';
import { pauseEndpoint, resumeEndpoint } from '#internal/postgres/endpoints/change.ts';
import { endpointNumber } from '#internal/postgres/endpoints/reference.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { ChildProgram } from '../../../embedded/program.ts';
import { startDnsServer } from './dns-server.ts';
import { FORBIDDEN_HOST, HOST, Receiver } from './receiver.ts';
import { Senders } from './senders.ts';
import { type Kind, KINDS, nameOf, type Target, targetOf } from './target.ts';

/** Short waits, and enough attempts for every fault. */
const RETRY_SECONDS = Array.from({ length: 50 }, () => 1);
const TIMEOUT_SECONDS = 4;
/** Renewed every 5 s; with less than the timeout and a second left of it, no request begins. */
export const LEASE_SECONDS = 12;
/** Changes what senders cannot be told otherwise. */
const PRELOADED = ['short-lease.ts', 'own-dns.ts']
  .map((file) => `--import ${new URL(file, import.meta.url).href}`)
  .join(' ');
const KEY_NAME = 'chaos';
const KEEP_SECRET_SECONDS = 86_400;

/** A time in which a process died, was stopped, or was cut from PostgreSQL: what it had not written down may come twice. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** How many messages may come again because of it; what one process can have unwritten by default. */
  readonly most?: number;
}

interface DeliveriesSettings {
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly tenants: readonly string[];
  readonly anyTime: boolean;
  /** Of each sender that is started, by its number from 0. */
  readonly environmentOf: (nth: number) => Readonly<Record<string, string>>;
  readonly databaseParameters: Readonly<Record<string, string>>;
}

/** What of a round delivers: senders, endpoints, and the receivers behind these. */
export class Deliveries implements AsyncDisposable {
  readonly receiver: Receiver;
  readonly senders: Senders;
  readonly targets: Target[];
  readonly pool: pg.Pool;
  /** In which messages may come twice. */
  readonly excused: Window[] = [];
  /** In which a process was stopped with SIGSTOP: only then may two requests for one message be open. */
  readonly frozen: Window[] = [];
  readonly #sealing: Sealing;
  readonly #resources: AsyncDisposable;

  constructor(parts: {
    receiver: Receiver;
    senders: Senders;
    targets: Target[];
    pool: pg.Pool;
    sealing: Sealing;
    resources: AsyncDisposable;
  }) {
    this.receiver = parts.receiver;
    this.senders = parts.senders;
    this.targets = parts.targets;
    this.pool = parts.pool;
    this.#sealing = parts.sealing;
    this.#resources = parts.resources;
  }

  /** The endpoint of that kind, of each tenant. */
  all(id: string): Target[] {
    return this.targets.filter((target) => target.id === id);
  }

  /** Adds an endpoint for the client. */
  async add(tenant: string, kind: Kind): Promise<Target> {
    const target = targetOf(tenant, kind);
    const fromMs = Date.now();
    target.added = { fromMs, toMs: Number.POSITIVE_INFINITY };
    this.targets.push(target); // before a request can come
    await register(this.pool, target, this.receiver, this.#sealing);
    target.added = { fromMs, toMs: Date.now() };
    return target;
  }

  /** Gives it another secret; the one before stays valid. Requests must be signed with both after a while. */
  async rotate(target: Target, graceMs: number): Promise<void> {
    const key = randomBytes(32);
    const secret = { kind: 'hmac', key } as const;
    const options = { secret, keepSeconds: KEEP_SECRET_SECONDS, sealing: this.#sealing };
    const { kind } = await rotateEndpointSecret(
      this.pool,
      { tenantId: target.tenant, id: target.id },
      options,
    );
    if (kind !== 'rotated') throw new Error(`the secret was not rotated: ${kind}`);
    target.keys.push({ key, sinceMs: Date.now() + graceMs });
  }

  /** The load has ended: everybody behaves, and nothing is paused. */
  async calm(): Promise<void> {
    this.receiver.manners.clear();
    for (const target of this.targets) {
      if (!target.paused) continue;
      target.pausedUntilMs = Math.min(target.pausedUntilMs, Date.now());
      await resumeEndpoint(this.pool, { tenantId: target.tenant, id: target.id });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

/** Opens receivers, registers endpoints there, and prepares senders, of which none is started. */
export async function openDeliveries(settings: DeliveriesSettings): Promise<Deliveries> {
  const { pool, folder, tenants } = settings;
  await using opened = new AsyncDisposableStack();
  const targets = tenants.flatMap((tenant) => KINDS.map((kind) => targetOf(tenant, kind)));
  const receiver = opened.use(
    await Receiver.open({
      anyTime: settings.anyTime,
      keysOf: (endpoint, arrivedMs) =>
        (targets.find((target) => nameOf(target) === endpoint)?.keys ?? [])
          .filter(({ sinceMs }) => sinceMs <= arrivedMs)
          .map(({ key }) => key),
    }),
  );
  const dns = opened.use(await startDnsServer([HOST, FORBIDDEN_HOST]));
  const caFile = join(folder, 'receivers.pem');
  await writeFile(caFile, receiver.certificate.cert + receiver.expired.cert);
  const key = randomBytes(32);
  const sealing = new Sealing([{ name: KEY_NAME, key }]);
  for (const target of targets) await register(pool, target, receiver, sealing);
  const environment = {
    SENDER_KEYS: `${KEY_NAME}:${key.toString('base64')}`,
    SENDER_ALLOW_HTTP: 'true',
    SENDER_ALLOW_CIDRS: HOST,
    SENDER_CA_FILE: caFile,
    CHAOS_DNS_SERVER: dns.address,
  };
  const senders = opened.use(await openSenders(settings, environment));
  return new Deliveries({ receiver, senders, targets, pool, sealing, resources: opened.move() });
}

async function openSenders(
  { databaseUrl, databaseParameters, environmentOf, folder }: DeliveriesSettings,
  environment: Readonly<Record<string, string>>,
): Promise<Senders> {
  let nth = 0;
  return Senders.open(databaseUrl, (proxyUrl) => {
    const url = new URL(proxyUrl);
    for (const [name, value] of Object.entries(databaseParameters)) url.searchParams.set(name, value);
    const { NODE_OPTIONS = '', ...own } = environmentOf(nth);
    nth += 1;
    const env = {
      ...environment,
      NODE_OPTIONS: `${PRELOADED} ${NODE_OPTIONS}`,
      DATABASE_URL: url.href,
      SENDER_LEASE_SECONDS: String(LEASE_SECONDS),
      SENDER_POLL_MS: '50',
      SENDER_CONCURRENCY: '64',
      SENDER_HOST_CONCURRENCY: '64',
      SHUTDOWN_TIMEOUT_SECONDS: '20',
      LOG_INTERVAL_SECONDS: '3600',
      HEALTH_PORT: '0',
      ...own,
    };
    return new ChildProgram({ path: 'cmd/sender/main.ts', name: 'sender', env, folder });
  });
}

async function register(pool: pg.Pool, target: Target, receiver: Receiver, sealing: Sealing): Promise<void> {
  const { tenant: tenantId, client: clientId, id, eventTypes, format, ordered, ratePerSecond } = target;
  const [first, ...others] = target.keys;
  const added = await addEndpoint(
    pool,
    {
      tenantId,
      clientId,
      id,
      options: {
        url: receiver.urlOf(nameOf(target), target.tls),
        eventTypes,
        format,
        ordered,
        ratePerSecond,
        timeoutSeconds: TIMEOUT_SECONDS,
        retrySeconds: RETRY_SECONDS,
      },
      headers: {},
      secret: { kind: 'hmac', key: first?.key ?? randomBytes(32) },
      ed25519: false,
      from: undefined,
    },
    { sealing, signal: AbortSignal.timeout(30_000), waiting: () => {} },
  );
  if (added.kind !== 'added') throw new Error(`endpoint ${nameOf(target)} was not added: ${added.kind}`);
  for (const { key } of others)
    await rotateEndpointSecret(
      pool,
      { tenantId, id },
      { secret: { kind: 'hmac', key }, keepSeconds: KEEP_SECRET_SECONDS, sealing },
    );
  if (target.paused) await pauseEndpoint(pool, { tenantId, id }, 'until the load has ended');
  target.number = (await endpointNumber(pool, { tenantId, id })) ?? 0;
}

import { lookup, Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocalhost, LOOPBACK } from './check-url.ts';
import { codeOf, ConnectFailure } from './failure.ts';

interface Found {
  readonly addresses: readonly LookupAddress[];
  /** How long the addresses are valid. */
  readonly seconds: number;
}

/** Asks for all addresses of a name. Rejects with an error of node:dns. */
export type Query = (host: string) => Promise<Found>;

const MIN_SECONDS = 5;
const MAX_SECONDS = 60;
const MAX_NAMES = 20_000;
/** How long addresses of IPv4 wait for those of IPv6: some servers never answer the question for the latter. */
const IPV6_GRACE_MS = 300;
/** The servers of DNS are read from the system again after this long. */
const RENEW_RESOLVER_MS = 60_000;

interface Entry {
  readonly addresses: Promise<readonly LookupAddress[]>;
  expiresAtMs: number;
}

/** Addresses of names, with a cache. A failure is kept for 5 seconds. A name is asked for once at a time. */
export class Names {
  readonly #query: Query;
  readonly #entries = new Map<string, Entry>();

  constructor(query: Query) {
    this.#query = query;
  }

  /** @throws ConnectFailure when there are none */
  resolve(host: string): Promise<readonly LookupAddress[]> {
    const known = this.#entries.get(host);
    if (known !== undefined && known.expiresAtMs > performance.now()) return known.addresses;
    const oldest = this.#entries.size >= MAX_NAMES ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.delete(host);
    const entry: Entry = {
      addresses: this.#query(host).then(
        ({ addresses, seconds }) => {
          entry.expiresAtMs =
            performance.now() + Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS) * 1_000;
          return addresses;
        },
        (error) => {
          entry.expiresAtMs = performance.now() + MIN_SECONDS * 1_000;
          throw dnsFailureOf(error, host);
        },
      ),
      expiresAtMs: Number.POSITIVE_INFINITY,
    };
    this.#entries.set(host, entry);
    return entry.addresses;
  }
}

function dnsFailureOf(error: unknown, host: string): ConnectFailure {
  const code = codeOf(error);
  const words =
    code === 'ENOTFOUND' || code === 'ENODATA'
      ? 'there is no address for this name'
      : `the DNS servers do not answer for this name${code === '' ? '' : ` (${code})`}`;
  return new ConnectFailure('dns', `${host}: ${words}`);
}

/** Asks the system as other programs do: hosts file, search domains. It has four threads, which dead servers can fill. */
export async function askSystem(host: string): Promise<Found> {
  return { addresses: await lookup(host, { all: true }), seconds: MIN_SECONDS };
}

/**
 * Asks the DNS servers of the system without its threads. Names without a dot are left to the system: they come from the
 * hosts file or get a search domain, as in Compose and Kubernetes, and are never public.
 * @param servers only tests give some
 */
export function askResolver(servers?: readonly string[]): Query {
  let resolver: Resolver | undefined;
  let madeAtMs = 0;
  return async (host) => {
    if (isLocalhost(host)) return LOCAL;
    if (!host.replace(/\.$/, '').includes('.')) return askSystem(host);
    if (resolver === undefined || performance.now() - madeAtMs > RENEW_RESOLVER_MS) {
      resolver = new Resolver({ timeout: 2_000, tries: 2 });
      if (servers !== undefined) resolver.setServers(servers);
      madeAtMs = performance.now();
    }
    return bothFamilies(resolver, host);
  };
}

const LOCAL: Found = {
  addresses: LOOPBACK.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  seconds: MAX_SECONDS,
};

async function bothFamilies(resolver: Resolver, host: string): Promise<Found> {
  const ipv6 = resolver.resolve6(host, { ttl: true }).catch(() => []);
  let error: unknown;
  const asked = await resolver.resolve4(host, { ttl: true }).catch((reason: unknown) => {
    error = reason;
    return [];
  });
  const more = await (error === undefined
    ? Promise.race([ipv6, sleep(IPV6_GRACE_MS, [], { ref: false })])
    : ipv6);
  const records = [
    ...asked.map(({ address, ttl }) => ({ address, family: 4, ttl })),
    ...more.map(({ address, ttl }) => ({ address, family: 6, ttl })),
  ];
  if (records.length === 0) throw error ?? Object.assign(new Error('no address'), { code: 'ENODATA' });
  return { addresses: records, seconds: Math.min(...records.map(({ ttl }) => ttl)) };
}

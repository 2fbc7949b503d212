import { Resolver } from 'node:dns/promises';
import process from 'node:process';

// A sender loads this file first (NODE_OPTIONS=--import). Its resolvers ask the DNS server of the round, not those of the system.
const server = process.env['CHAOS_DNS_SERVER'] ?? '';
const told = new WeakSet<Resolver>();

for (const method of ['resolve4', 'resolve6'] as const) {
  const real = Resolver.prototype[method] as (...given: unknown[]) => unknown;
  Resolver.prototype[method] = function (this: Resolver, ...given: unknown[]) {
    if (!told.has(this)) this.setServers([server]); // it must not be told while it asks
    told.add(this);
    return real.apply(this, given);
  } as never;
}

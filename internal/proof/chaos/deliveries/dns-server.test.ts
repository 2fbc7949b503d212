import { Resolver } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { startDnsServer } from './dns-server.ts';

test('answers with its addresses in turn, and with none of IPv6', async () => {
  await using server = await startDnsServer(['127.0.0.1', '127.0.0.2']);
  const resolver = new Resolver();
  resolver.setServers([server.address]);
  const ask = () => resolver.resolve4('rebinds.example', { ttl: true });
  expect([await ask(), await ask(), await ask()]).toEqual([
    [{ address: '127.0.0.1', ttl: 0 }],
    [{ address: '127.0.0.2', ttl: 0 }],
    [{ address: '127.0.0.1', ttl: 0 }],
  ]);
  await expect(resolver.resolve6('rebinds.example')).rejects.toMatchObject({ code: 'ENODATA' });
});

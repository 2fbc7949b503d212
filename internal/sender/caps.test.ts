import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Caps } from './caps.ts';

const LIMITS = { process: 512, host: 32 };

/** Begins as many as are admitted, each on a host of its own; returns how many. */
function fill(caps: Caps, tenant: string, othersWait: boolean, most = 10_000): number {
  let count = 0;
  while (count < most && caps.admits(tenant, `${tenant}${count}`, othersWait)) {
    caps.begin(tenant, `${tenant}${count}`);
    count += 1;
  }
  return count;
}

test('a tenant has a quarter of the process while others wait', () => {
  const caps = new Caps(LIMITS);
  expect(['a', 'b', 'c', 'd', 'e'].map((tenant) => fill(caps, tenant, true))).toEqual([
    128, 128, 128, 128, 0,
  ]);
  expect([caps.isFull, caps.inFlight]).toEqual([true, 512]);
});

test('a tenant that is alone has all but an eighth, which is for those that come later', () => {
  const caps = new Caps(LIMITS);
  expect(fill(caps, 'a', false)).toBe(448);
  expect(caps.admitsTenant('a', false)).toBe(false);
  expect(fill(caps, 'b', true)).toBe(64);
});

test('a tenant above its share begins no more when another one comes', () => {
  const caps = new Caps(LIMITS);
  fill(caps, 'a', false, 200);
  expect([caps.admitsTenant('a', true), caps.admitsTenant('a', false)]).toEqual([false, true]);
  for (let i = 0; i < 73; i += 1) caps.end('a', `a${i}`);
  expect(caps.admitsTenant('a', true)).toBe(true);
});

test('a host has its cap, whichever tenants its endpoints belong to', () => {
  const caps = new Caps(LIMITS);
  for (let i = 0; i < 32; i += 1) caps.begin(`t${i}`, 'host');
  expect([caps.admitsHost('host'), caps.admits('t99', 'host', false)]).toEqual([false, false]);
  expect(caps.admits('t99', 'other', false)).toBe(true);
  caps.end('t0', 'host');
  expect(caps.admits('t99', 'host', false)).toBe(true);
});

test('the smallest process still sends', () => {
  const caps = new Caps({ process: 1, host: 1 });
  expect(caps.admits('a', 'host', true)).toBe(true);
  caps.begin('a', 'host');
  expect(caps.admits('b', 'other', true)).toBe(false);
});

test('no cap is ever exceeded, and once all has ended everything is admitted again', () => {
  const limits = { process: 20, host: 3 };
  const request = fc.record({
    tenant: fc.constantFrom('a', 'b', 'c'),
    host: fc.constantFrom('x', 'y', 'z', 'w', 'v', 'u', 't'),
    othersWait: fc.boolean(),
    end: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 200 }), (requests) => {
      const caps = new Caps(limits);
      const running: { tenant: string; host: string }[] = [];
      for (const { tenant, host, othersWait, end } of requests) {
        const done = end ? running.shift() : undefined;
        if (done !== undefined) caps.end(done.tenant, done.host);
        const own = running.filter((other) => other.tenant === tenant).length;
        const admitted = caps.admits(tenant, host, othersWait);
        const isBelowShare = own < 5;
        const isWithin = isBelowShare ? running.length < 20 : !othersWait && running.length < 17;
        expect(admitted).toBe(isWithin && running.filter((other) => other.host === host).length < 3);
        if (!admitted) continue;
        caps.begin(tenant, host);
        running.push({ tenant, host });
      }
      expect(caps.inFlight).toBe(running.length);
      for (const { tenant, host } of running) caps.end(tenant, host);
      expect([caps.inFlight, fill(caps, 'n', true)]).toEqual([0, 5]);
    }),
  );
});

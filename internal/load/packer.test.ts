import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText } from '#internal/event/body/content-encoding.ts';
import type { GeneratedEvent } from './generator.ts';
import { type Body, Packer, type PackerLimits } from './packer.ts';

const LIMITS: PackerLimits = { eventsPerBody: 1, bytesPerBody: 1_000_000, bytesPerSend: 1_000_000 };

function event(id: string, rest: Partial<GeneratedEvent> = {}): GeneratedEvent {
  return { kind: 'good', tenant: 'acme', id, text: `"${id}"`, alone: false, ...rest };
}

function pack(limits: Partial<PackerLimits>, events: readonly GeneratedEvent[]): Body[][] {
  const packer = new Packer({ ...LIMITS, ...limits });
  return [...events.flatMap((one) => packer.add(one)), ...packer.finish()];
}

const some = (count: number) => Array.from({ length: count }, (_, i) => event(String(i)));

describe('Packer', () => {
  it('sends events bare, ten in a send', () => {
    const sends = pack({}, some(25));
    expect(sends.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(sends[0]?.[0]).toMatchObject({ text: '"0"', array: false, events: [{ kind: 'good', id: '0' }] });
  });

  it('sends arrays of as many events as wanted, and the rest in a smaller one', () => {
    const bodies = pack({ eventsPerBody: 4 }, some(10)).flat();
    expect(bodies.map(({ text }) => JSON.parse(text).length)).toEqual([4, 4, 2]);
    expect(bodies.every(({ array }) => array)).toBe(true);
  });

  it('gives what is not JSON a body of its own', () => {
    const events = [event('a'), event('b', { text: 'Hello', alone: true }), event('c')];
    const bodies = pack({ eventsPerBody: 10 }, events).flat();
    expect(bodies.map(({ text }) => text).sort()).toEqual(['Hello', '["a","c"]']);
  });

  it.each(['gzip', 'zstd'] as const)('compresses every body as %s, array or not', (compress) => {
    const events = [event('a'), event('b', { text: 'Hello', alone: true }), event('c')];
    const bodies = pack({ eventsPerBody: 10, compress }, events).flat();
    const texts = bodies.map(({ text, encoding = '' }) =>
      bodyText({ body: text, attributes: { 'content-encoding': encoding } }, 1_000_000),
    );
    expect(texts).toMatchObject([{ text: 'Hello' }, { text: '["a","c"]' }]);
    expect(bodies[1]).toMatchObject({ encoding: compress, array: true, events: [{ id: 'a' }, { id: 'c' }] });
    // SQS counts the attribute too.
    expect(bodies.every(({ text, bytes }) => bytes > text.length)).toBe(true);
  });

  it('keeps arrays within the limit also where compressing only makes them larger', () => {
    const events = some(200).map((one) => ({ ...one, text: `"${randomBytes(700).toString('base64')}"` }));
    const bodies = pack({ eventsPerBody: 1_000, bytesPerBody: 20_000, compress: 'gzip' }, events).flat();
    expect(bodies.length).toBeGreaterThan(1);
    expect(Math.max(...bodies.map(({ bytes }) => bytes))).toBeLessThanOrEqual(20_000);
  });

  it('holds back arrays that are not full when it is flushed, and no bare events', () => {
    const packer = new Packer({ ...LIMITS, eventsPerBody: 2 });
    packer.add(event('a'));
    expect(packer.flush()).toEqual([]);
    packer.add(event('b'));
    expect(packer.flush()).toMatchObject([[{ text: '["a","b"]' }]]);
    expect(packer.finish()).toEqual([]);
  });

  it('holds a bounded number of events, however many tenants wait for full arrays', () => {
    const packer = new Packer({ ...LIMITS, eventsPerBody: 10_000 });
    let held = 0;
    for (let i = 0; i < 50_000; i += 1) {
      const sent = packer.add(event(String(i), { tenant: `tenant-${i % 5_000}` }));
      held += 1 - sent.flat().reduce((sum, { events }) => sum + events.length, 0);
    }
    // 20,000 in arrays, and less than one send of ten short arrays.
    expect(held).toBeLessThan(21_000);
  });

  it('packs every event once, within all limits, each body for one tenant, in the order of its events', () => {
    const events = fc.array(
      fc.record({ tenant: fc.constantFrom('a', 'b', 'c'), size: fc.nat(300), alone: fc.boolean() }),
      { maxLength: 200 },
    );
    const limits = fc.record({
      eventsPerBody: fc.integer({ min: 1, max: 20 }),
      bytesPerBody: fc.integer({ min: 400, max: 2_000 }),
      bytesPerSend: fc.integer({ min: 2_000, max: 8_000 }),
    });
    fc.assert(
      fc.property(events, limits, (given, within) => {
        const made = given.map(({ tenant, size, alone }, i) =>
          event(`${tenant} ${i}`, { tenant, text: JSON.stringify('ü'.repeat(size / 2)), alone }),
        );
        const sends = pack(within, made);
        const bodies = sends.flat();
        for (const send of sends) {
          expect(send.length).toBeLessThanOrEqual(10);
          expect(send.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(within.bytesPerSend);
        }
        for (const body of bodies) {
          expect(body.bytes).toBe(Buffer.byteLength(body.text));
          expect(body.bytes).toBeLessThanOrEqual(within.bytesPerBody);
          expect(body.events.length).toBeLessThanOrEqual(within.eventsPerBody);
          expect(body.events.every(({ id }) => id?.startsWith(`${body.tenant} `))).toBe(true);
        }
        const ids = bodies.flatMap((body) => body.events.map(({ id }) => id));
        expect([...ids].sort()).toEqual(made.map(({ id }) => id).sort());
      }),
    );
  });
});

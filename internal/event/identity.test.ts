import { expect, test } from 'vitest';
import { eventFingerprint, eventKey } from './identity.ts';
import { mintUuid7, uuid7LowerBound, uuid7Milliseconds } from './uuid7.ts';

test('an identity is its source and its id, told apart', () => {
  expect(eventKey({ source: 'a', eventId: 'bc' })).toBe(eventKey({ source: 'a', eventId: 'bc' }));
  expect(eventKey({ source: 'a', eventId: 'bc' })).not.toBe(eventKey({ source: 'ab', eventId: 'c' }));
  expect(eventKey({ source: 'a', eventId: 'b' })).toMatch(/^[0-9a-f]{32}$/);
});

test('a fingerprint changes with type, client, payload and encoding', () => {
  const event = { eventType: 't', clientId: 'c', payload: '"p"', payloadEncoding: null };
  const others = [
    { eventType: 'u' },
    { clientId: 'd' },
    { payload: '"q"' },
    { payloadEncoding: 'base64' as const },
  ];
  const all = [event, ...others.map((other) => ({ ...event, ...other }))].map(eventFingerprint);
  expect(new Set(all).size).toBe(5);
});

test('UUIDv7 grow, also within a millisecond and when the clock steps back', () => {
  const now = Date.now() + 1_000_000;
  const minted = Array.from({ length: 10_000 }, (_, i) => mintUuid7(i === 5_000 ? now - 60_000 : now));
  expect(minted).toEqual(minted.toSorted());
  expect(new Set(minted).size).toBe(10_000);
  expect(
    minted.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
  ).toBe(true);
  expect(uuid7Milliseconds(minted[0] ?? '')).toBe(now);
  expect(uuid7LowerBound(now) < (minted[0] ?? '')).toBe(true);
  expect(uuid7LowerBound(now + 1_000) > (minted.at(-1) ?? '')).toBe(true);
});

import { expect, test } from 'vitest';
import { decodeBody } from './body/envelope.ts';
import type { Event } from './event.ts';
import { eventFingerprint, eventFingerprintV1, eventKey } from './identity.ts';
import { mintUuid7, uuid7LowerBound, uuid7Milliseconds } from './uuid7.ts';

type Content = Pick<Event, 'eventType' | 'clientId' | 'payloadEncoding' | 'payload'>;

test('an identity is its source and its id, told apart', () => {
  expect(eventKey({ source: 'a', eventId: 'bc' })).toBe(eventKey({ source: 'a', eventId: 'bc' }));
  expect(eventKey({ source: 'a', eventId: 'bc' })).not.toBe(eventKey({ source: 'ab', eventId: 'c' }));
  expect(eventKey({ source: 'a', eventId: 'b' })).toMatch(/^[0-9a-f]{32}$/);
});

test.each([
  ['2', (event: Content) => eventFingerprint(event, event.payload)],
  ['1', eventFingerprintV1],
])('a fingerprint of version %s changes with type, client, payload and encoding', (_, fingerprint) => {
  const event: Content = { eventType: 't', clientId: 'c', payload: '"p"', payloadEncoding: null };
  const others: Partial<Content>[] = [
    { eventType: 'u' },
    { clientId: 'd' },
    { payload: '"q"' },
    { payloadEncoding: 'base64' },
  ];
  const all = [event, ...others.map((other) => ({ ...event, ...other }))].map(fingerprint);
  expect(new Set(all).size).toBe(5);
  expect(all[0]).toMatch(/^[0-9a-f]{32}$/);
});

test('fingerprints stay what they are: those in the ledger outlive releases', () => {
  const event: Content = {
    eventType: 'user-app',
    clientId: 'client-3',
    payload: '{"a":1}',
    payloadEncoding: null,
  };
  expect(eventFingerprintV1(event)).toBe('63af86d4d35f8e51de8280d1a29a5f58');
  expect(eventFingerprint(event, event.payload)).toBe('f3472ca9c2c040bf1c7f5a7032d8e429');
});

test('the same event with its keys in another order was a conflict once its partition was dropped', () => {
  const fingerprint = (message: string) => {
    const [decoded] = decodeBody(
      `{"event_type":"user-app","client_id":"client-3","event_id":"r1","message":${message}}`,
      'x',
    );
    return decoded?.kind === 'event' ? decoded.fingerprint : decoded?.refusal;
  };
  expect(fingerprint('{"b":2.0,"a":[1e0]}')).toBe(fingerprint('{ "a": [1], "b": 2 }'));
  expect(fingerprint('{"a":1}')).not.toBe(fingerprint('{"a":"1"}'));
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

import { describe, expect, test } from 'vitest';
import { decodeElement } from './body/envelope.ts';
import { tooFarAhead } from './deliver-after.ts';

const PLAIN = { event_type: 'user-app', client_id: 'client-3', message: 1 };
const CLOUD = { specversion: '1.0', source: '/app', type: 'user-app', clientid: 'client-3', data: 1 };

describe('a time of delivery', () => {
  const bothWith = (value: unknown) => [
    JSON.stringify({ ...PLAIN, deliver_after: value }),
    JSON.stringify({ ...CLOUD, deliverafter: value }),
  ];

  test.each([
    ['2026-01-31T12:00:00.1234567+01:00', '2026-01-31T12:00:00.123456+01:00'],
    ['2126-01-31 12:00Z', '2126-01-31T12:00:00Z'],
    [1_796_000_000, '2026-11-30T00:53:20.000Z'],
    [1_796_000_000_123, '2026-11-30T00:53:20.123Z'],
  ])('is read like any other time, wherever it lies: %s', (value, deliverAfter) => {
    for (const text of bothWith(value))
      expect(decodeElement(text, 'id')).toMatchObject({ event: { deliverAfter, attributes: null } });
  });

  test.each(['', 'now', '2026-01-31', '1796000000', 300, 1.5, true, {}, []])(
    'that is none costs the event, unlike a time that only describes: %j',
    (value) => {
      for (const text of bothWith(value))
        expect(decodeElement(text, 'id')).toMatchObject({
          kind: 'refused',
          refusal: {
            reason: 'invalid_envelope',
            detail: expect.stringMatching(/^deliver_?after: expected an instant such as .*, got an? /),
          },
          claims: { clientId: 'client-3' },
        });
    },
  );

  test('that is null is none in a plain event, and not there in a CloudEvent', () => {
    const [plain = '', cloud = ''] = bothWith(null);
    expect(decodeElement(plain, 'id')).toMatchObject({
      refusal: { detail: expect.stringMatching(/^deliver_after: .*, got null$/) },
    });
    expect(decodeElement(cloud, 'id')).toMatchObject({ event: { deliverAfter: null } });
  });

  test.each(['deliverafter', 'deliverAfter', 'deliver-after', 'delivery_after', 'deliver_afer'])(
    'under a misspelt name was kept as a further member, and the event would be delivered at once: %s',
    (name) => {
      const detail = `${name}: not a member of an event; deliver_after was probably meant`;
      expect(decodeElement(JSON.stringify({ ...PLAIN, [name]: '2026-01-31T12:00:00Z' }), 'id')).toMatchObject(
        {
          refusal: { reason: 'invalid_envelope', detail },
        },
      );
    },
  );

  test.each([
    ['deliverafer', 'deliverafter was probably meant'],
    ['deliver_after', 'expected an attribute name of lower-case letters and digits (CloudEvents 1.0)'],
  ])('of a CloudEvent under a misspelt name is refused, too: %s', (name, problem) => {
    expect(decodeElement(JSON.stringify({ ...CLOUD, [name]: '2026-01-31T12:00:00Z' }), 'id')).toMatchObject({
      refusal: { reason: 'invalid_envelope', detail: `${name}: ${problem}` },
    });
  });

  test('is no part of the content: another one leaves the fingerprint as it is', () => {
    const fingerprints = [...bothWith('2026-01-31T12:00:00Z'), ...bothWith(1_796_000_000)].map((text) => {
      const decoded = decodeElement(text, 'id');
      return decoded.kind === 'event' && decoded.fingerprint;
    });
    expect(fingerprints.slice(0, 2)).toEqual(fingerprints.slice(2));
  });
});

test.each([
  ['2026-01-31T00:00:00Z', true],
  ['2026-01-31T05:00:00+05:00', true],
  ['2026-01-31T00:00:00.001Z', false],
  ['2026-01-30T23:00:00.001-01:00', false],
  ['10000-01-01T00:00:00Z', false],
])('what may be 30 days ahead ends to the millisecond: %s', (deliverAfter, taken) => {
  expect(tooFarAhead(deliverAfter, Date.UTC(2026, 0, 1)) === null).toBe(taken);
});

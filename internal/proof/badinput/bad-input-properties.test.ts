import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBody, decodeElement } from '../../event/body/envelope.ts';
import { anyText, CORPUS, comparable, ENVELOPES, jsonText, writtenOut } from './arbitraries.ts';
import { CATEGORIES } from './categories.ts';
import { eventBridge, sns } from './case.ts';

const TIMEOUT_MS = 60_000;

test('there are more than 800 cases, each with a unique name', () => {
  const names = CATEGORIES.flatMap(({ title, cases }) => cases.map(({ name }) => `${title}: ${name}`));
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(800);
});

test.each([
  ['-0', '0'],
  ['0e5', '0'],
  ['-0.00e-1', '0.000'],
  ['1.50e1', '15.0'],
  ['12e-3', '0.012'],
  ['-1.5E+3', '-1500'],
  ['100.00', '100.00'],
])('%s written out is %s', (number, expected) => {
  expect(writtenOut(number)).toBe(expected);
});

test('any text decodes without an error, and the kept text of each event decodes to the same event', {
  timeout: TIMEOUT_MS,
}, () => {
  fc.assert(
    fc.property(anyText(CORPUS), (body) => {
      const decoded = decodeBody(body, 'id');
      expect(decoded.length).toBeGreaterThan(0);
      for (const { index, text, ...decision } of decoded) {
        const { eventId = `id-${index}` } = decision.kind === 'event' ? decision.event : decision.claims;
        const again = index === null ? decodeBody(text(), 'id')[0] : decodeElement(text(), eventId);
        expect({ ...again, index: 0, text: 0 }).toEqual({ ...decision, index: 0, text: 0 });
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a payload is the same in every envelope', { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(jsonText, (payload) => {
      const decoded = ENVELOPES.map((envelope) => decodeBody(envelope(payload), 'id')[0]);
      expect(decoded.map((it) => it?.kind === 'event' && comparable(it.event.payload))).toEqual(
        ENVELOPES.map(() => comparable(payload)),
      );
    }),
    { numRuns: 500 },
  );
});

test('what is encoded as an event is decoded as that event, plain and as a CloudEvent, wrapped or not', {
  timeout: TIMEOUT_MS,
}, () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !text.includes('\u0000') && text.isWellFormed());
  const event = fc.record({ tenantId: name, clientId: name, eventType: name, source: name, eventId: name });
  const wrapper = fc.constantFrom<(text: string) => string>(
    (text) => text,
    sns,
    eventBridge,
    (text) => `[${text}]`,
  );
  fc.assert(
    fc.property(event, jsonText, wrapper, (fields, payload, wrap) => {
      const members = (names: readonly string[]) =>
        Object.values(fields)
          .map((value, i) => `"${names[i]}":${JSON.stringify(value)}`)
          .join(',');
      const asPlain = `{${members(['tenant_id', 'client_id', 'event_type', 'source', 'event_id'])},"message":${payload}}`;
      const asCloud = `{"specversion":"1.0",${members(['tenantid', 'clientid', 'type', 'source', 'id'])},"data":${payload}}`;
      for (const text of [asPlain, asCloud])
        expect(decodeBody(wrap(text), 'id')).toMatchObject([{ kind: 'event', event: fields }]);
    }),
    { numRuns: 500 },
  );
});

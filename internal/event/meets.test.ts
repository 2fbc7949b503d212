import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloudEvent, meetsCloudEvent } from './cloudevents/cloudevents.ts';
import type { Members } from './event-or-refusal.ts';
import { furtherMembers, plainEvent } from './plain.ts';

const PLAIN = { event_type: 'user-app', client_id: 'client-3', message: 1 };
const CLOUD = { specversion: '1.0', source: '/app', type: 'user-app', clientid: 'client-3' };
/** But for those that a plain event takes for its own misspelt. */
const NAMES = [
  ...new Set([
    ...Object.keys(plainEvent.shape),
    'specversion',
    'id',
    'type',
    'datacontenttype',
    'data_base64',
  ]),
  'data',
  'time',
  'MessageId',
  'occurred_at',
  'traceparent',
  '__proto__',
  'constructor',
  'valueOf',
];

/** Right and wrong, and on both sides of every limit. */
const value = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('1.0', 'a', 'AAEC', 'AA=A', '2026-01-31T12:00:00Z', '2026-02-30T12:00:00Z'),
  },
  fc.constantFrom(127, 128, 129, 255, 256, 1023, 1024, 1025).map((length) => 'x'.repeat(length)),
  fc.constantFrom(63, 64, 128, 129, 255, 256, 513, 1024, 1025).map((length) => '😀'.repeat(length)),
  fc.jsonValue({ noUnicodeString: false }),
  fc.constantFrom('', null, 0, false, [], {}),
);
const changes = (names: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...names), value, fc.boolean()), { maxLength: 4 });

/** As JSON.parse makes it: `__proto__` is a member like any other. */
function changed(
  base: object,
  all: readonly (readonly [string, unknown, boolean])[],
): Record<string, unknown> {
  const members = new Map<string, unknown>(Object.entries(base));
  for (const [name, it, present] of all) {
    if (present) members.set(name, it);
    else members.delete(name);
  }
  const texts = [...members].map(([name, it]) => `${JSON.stringify(name)}:${JSON.stringify(it)}`);
  return JSON.parse(`{${texts.join(',')}}`) as Record<string, unknown>;
}

test.each([
  ['a plain event', PLAIN, NAMES, (it: Members) => furtherMembers(it) !== null, plainEvent],
  ['a CloudEvent', CLOUD, [...NAMES, 'clientid', 'tenantid', 'deliverafter'], meetsCloudEvent, cloudEvent],
] as const)('the quick check of %s says what the schema says', (_, base, names, meets, schema) => {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(changes(names), (all) => {
      const members = changed(base, all);
      const parsed = schema.safeParse(members);
      expect({ members, accepted: meets(members) }).toEqual({ members, accepted: parsed.success });
      // What is accepted is taken as it is: the schema must not make anything else of a member.
      for (const [name, it] of Object.entries(parsed.data ?? {})) expect(it).toBe(members[name]);
      if (parsed.success) accepted += 1;
      else refused += 1;
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(500);
});

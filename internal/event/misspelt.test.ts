import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOneSlipAway, KnownNames } from './misspelt.ts';

const known = new KnownNames(['tenant_id', 'client_id', 'message', 'source', 'occurred_at']);
const none = () => false;

describe('a known name was meant', () => {
  test.each([
    ['tenantId', 'tenant_id'],
    ['TenantID', 'tenant_id'],
    ['tenant-id', 'tenant_id'],
    ['__tenant__id', 'tenant_id'],
    ['CLIENT_ID', 'client_id'],
    ['tenat_id', 'tenant_id'],
    ['tennant_id', 'tenant_id'],
    ['tenant_ld', 'tenant_id'],
    ['tenatn_id', 'tenant_id'],
    ['occuredAt', 'occurred_at'],
    ['Messages', 'message'],
    ['client_id ', 'client_id'],
    ['client_ip', 'client_id'],
  ])('by %s: %s', (name, meant) => {
    expect(known.meant(name, none)).toBe(meant);
  });

  test.each([
    'MessageId',
    'id',
    'tenant',
    'resource',
    'event',
    'clientAddress',
    '',
    'x'.repeat(65),
    '__proto__',
  ])('not by %j', (name) => {
    expect(known.meant(name, none)).toBeUndefined();
    expect(known.meant(name, none)).toBeUndefined(); // nor when it is remembered
  });

  test('not by a slip away from one that is there, but by another spelling of it all the same', () => {
    expect(known.meant('client_ip', (name) => name === 'client_id')).toBeUndefined();
    expect(known.meant('clientId', (name) => name === 'client_id')).toBe('client_id');
  });
});

test('strangers that never come again do not fill the memory', () => {
  for (let i = 0; i < 10_000; i += 1) expect(known.meant(`stranger_${i}`, none)).toBeUndefined();
});

/** By the book: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance, optimal string alignment. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j += 1) (rows[0] as number[])[j] = j;
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      (rows[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + cost,
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}

test('one slip is a Damerau-Levenshtein distance of 1', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 });
  fc.assert(
    fc.property(text, text, (a, b) => a === b || isOneSlipAway(a, b) === (distance(a, b) === 1)),
    { numRuns: 5_000 },
  );
});

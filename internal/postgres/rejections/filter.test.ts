import { describe, expect, test } from 'vitest';
import { REJECTION_REASONS } from '../../event/rejection.ts';
import { candidates, type RejectionFilter, valuesOfPage } from './filter.ts';

const PAGE = { afterId: '5', throughId: '900', limit: 100 };
const since = new Date('2030-01-01T00:00:00Z');
const until = new Date('2030-01-02T00:00:00Z');

const byIndex = (filter: RejectionFilter) => candidates(filter, 'asc').includes('unnest($2::text[])');
const byId = (filter: RejectionFilter) => candidates(filter, 'asc').includes('where r.id = any($1)');

test('the values of a page are in the order of their numbers, null where the filter has none', () => {
  const all = { ids: ['1'], reasons: ['id_conflict'], tenantId: 't', since, until, state: 'open' } as const;
  expect(valuesOfPage(all, PAGE)).toEqual([
    ['1'],
    ['id_conflict'],
    't',
    since,
    until,
    'open',
    '5',
    '900',
    100,
  ]);
  expect(valuesOfPage({}, PAGE)).toEqual([null, null, null, null, null, null, '5', '900', 100]);
});

describe('a page of candidates', () => {
  test('uses the index on reason and tenant for open rejections of a tenant, under every reason', () => {
    const filter = { tenantId: 't', state: 'open' } as const;
    expect(byIndex(filter)).toBe(true);
    expect(valuesOfPage(filter, PAGE)[1]).toEqual(REJECTION_REASONS);
    expect(valuesOfPage({ ...filter, reasons: ['id_conflict'] }, PAGE)[1]).toEqual(['id_conflict']);
  });

  test.each<RejectionFilter>([
    {},
    { state: 'open' },
    { tenantId: 't' },
    { tenantId: 't', state: 'replayed' },
    { tenantId: 't', state: 'open', ids: ['1'] },
  ])('reads by id for %o', (filter) => {
    expect(byIndex(filter)).toBe(false);
    expect(valuesOfPage(filter, PAGE)[1]).toBeNull();
  });

  test('looks only at the rejections that the filter names', () => {
    expect(byId({ ids: ['1'] })).toBe(true);
    expect(byId({ reasons: ['id_conflict'] })).toBe(false);
  });
});

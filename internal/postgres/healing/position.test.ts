import { expect, test } from 'vitest';
import { lookPosition, type PageRead, sweepPosition, tasksOf } from './position.ts';

const SHARE = 3;

/** Ids of the rejections read of each group; the searches are over unless `more` says otherwise. */
function page(ids: readonly (readonly string[])[], more: Partial<PageRead> = {}): PageRead {
  return {
    searches: [{ taskId: 't', lastName: `name-${ids.length - 1}`, more: false }],
    groups: ids.map((_, i) => ({ taskId: 't', name: `name-${i}`, afterId: '0' })),
    read: ids.flatMap((each, group) => each.map((id) => ({ group, id }))),
    share: SHARE,
    cutFrom: ids.length,
    ...more,
  };
}

test('a pass is over when every name is read to its end', () => {
  expect(tasksOf(page([['1'], ['2', '3']]))).toEqual([
    { id: 't', rejectionIds: ['1', '2', '3'], next: null },
  ]);
});

test('the next page continues a name that filled its share, and no later name counts before that', () => {
  expect(tasksOf(page([['1'], ['2', '3', '4'], ['5']]))).toEqual([
    { id: 't', rejectionIds: ['1', '2', '3', '4'], next: { afterName: 'name-1', afterId: '4' } },
  ]);
});

test('the next page continues a name that the limit of bytes cut off', () => {
  expect(tasksOf(page([['1'], ['2']], { cutFrom: 1 }))).toEqual([
    { id: 't', rejectionIds: ['1', '2'], next: { afterName: 'name-1', afterId: '2' } },
  ]);
});

test('the next page begins a name that the limit of bytes left out where this page would have', () => {
  const groups = [
    { taskId: 't', name: 'name-0', afterId: '0' },
    { taskId: 't', name: 'name-1', afterId: '7' },
  ];
  expect(tasksOf(page([['1'], []], { groups, cutFrom: 0 }))).toEqual([
    { id: 't', rejectionIds: ['1'], next: { afterName: 'name-0', afterId: '1' } },
  ]);
  expect(tasksOf(page([[], ['2']], { groups, cutFrom: 1 }))).toEqual([
    { id: 't', rejectionIds: ['2'], next: { afterName: 'name-1', afterId: '2' } },
  ]);
});

test('a search that reached its limit continues after the last name it reached', () => {
  const searches = [{ taskId: 't', lastName: 'name-9', more: true }];
  expect(tasksOf(page([['1']], { searches }))).toEqual([
    { id: 't', rejectionIds: ['1'], next: { afterName: 'name-9', afterId: null } },
  ]);
});

test('each task gets its own rejections, or none', () => {
  const searches = ['t', 'u', 'v'].map((taskId) => ({ taskId, lastName: null, more: false }));
  const groups = ['t', 'u'].map((taskId) => ({ taskId, name: 'same', afterId: '0' }));
  const read = [
    { group: 0, id: '1' },
    { group: 1, id: '1' },
  ];
  expect(tasksOf(page([], { searches, groups, read, cutFrom: 2 }))).toEqual([
    { id: 't', rejectionIds: ['1'], next: null },
    { id: 'u', rejectionIds: ['1'], next: null },
    { id: 'v', rejectionIds: [], next: null },
  ]);
});

test.each([null, '', 'x', '-1', '9'.repeat(19)])('a look that is kept to be at %j begins anew', (kept) => {
  expect(lookPosition(kept)).toBe('0');
});

test.each([null, '', 'x', 'null', '{}', '[]', '["a"]', '[1,2]'])(
  'a sweep that is kept to be at %j begins anew',
  (kept) => {
    expect(sweepPosition(kept)).toEqual(['', '']);
  },
);

test('looks and sweeps go on where they are kept to be', () => {
  expect(lookPosition('17')).toBe('17');
  expect(sweepPosition('["acme","shop"]')).toEqual(['acme', 'shop']);
});

import { expect, test } from 'vitest';
import { refusedWork, storableWork } from '../proof/kit/work.ts';
import { lockName, namesOf, unitsOf } from './units.ts';

const units = (...works: Parameters<typeof namesOf>[0][]) =>
  unitsOf(works.map(namesOf)).map(({ positions }) => positions);

test('a client and an event type make a unit, with its positions in their order', () => {
  const of = (client: string, type: string) => storableWork(1, { client, type });
  expect(units(of('c', 't'), of('d', 't'), of('c', 't'), of('c', 'u'), of('d', 't'))).toEqual([
    [0, 2],
    [1, 4],
    [3],
  ]);
});

test('a message group is one unit, whatever is in it', () => {
  const of = (group: string, client: string) => storableWork(1, { group, client });
  expect(units(of('g', 'c'), of('h', 'c'), of('g', 'd'))).toEqual([[0, 2], [1]]);
});

test('clients and types of the same name in two tenants have nothing in common', () => {
  const [a, b] = ['a', 'b'].map((tenant) => namesOf(storableWork(1, { tenant })));
  expect(a?.unit).not.toBe(b?.unit);
  expect(a?.client).not.toBe(b?.client);
  expect(a?.eventType).not.toBe(b?.eventType);
});

test('names that read the same when put together are not the same', () => {
  const one = namesOf(storableWork(1, { client: 'a-b', type: 'c' }));
  const other = namesOf(storableWork(1, { client: 'a', type: 'b-c' }));
  expect(one.unit).not.toBe(other.unit);
});

test('what nothing can be read of has names too', () => {
  expect(units(refusedWork(1), refusedWork(2))).toEqual([[0, 1]]);
});

test('a unit has all rows of the registry that its events refer to', () => {
  const of = (client: string, type: string) => namesOf(storableWork(1, { group: 'g', client, type }));
  const [unit] = unitsOf([of('c', 't'), of('d', 't')]);
  expect(unit?.rows).toEqual(new Set([of('c', 't').client, of('d', 't').client, of('c', 't').eventType]));
});

test('the name of a lock is that of the row which it is on, and none where the row is not known', () => {
  const names = namesOf(storableWork(1, { tenant: 'a', client: 'x', type: 'x' }));
  const row = { tenantId: 'a', name: 'x' };
  expect(lockName({ table: 'client', row })).toBe(names.client);
  expect(lockName({ table: 'event_type', row })).toBe(names.eventType);
  expect(names.client).not.toBe(names.eventType);
  expect([lockName({ table: 'client', row: undefined }), lockName(undefined)]).toEqual([
    undefined,
    undefined,
  ]);
});

test('a message group is not taken for a client and type of its name', () => {
  const { unit } = namesOf(storableWork(1, { tenant: 'a', client: 'c', type: 't' }));
  expect(namesOf(storableWork(1, { group: unit })).unit).not.toBe(unit);
});

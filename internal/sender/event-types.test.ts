import { expect, test } from 'vitest';
import { wantedTypes } from './event-types.ts';

test.each([
  [null, ['order.created', '', 'x'], []],
  [['order.created'], ['order.created'], ['order', 'order.created.eu', 'Order.created', 'order.create', '']],
  [
    ['order.*'],
    ['order.created', 'order.created.eu', 'order.'],
    ['order', 'orders.created', 'my.order.x', 'ORDER.x'],
  ],
  [['a.b.*'], ['a.b.c', 'a.b.c.d'], ['a.b', 'a.c', 'a.bc.d']],
  [
    ['a.*', 'b'],
    ['a.x', 'b'],
    ['a', 'b.x', 'c'],
  ],
  [
    ['a*', '*', 'b.*.c'],
    ['a*', '*', 'b.*.c'],
    ['ab', 'x', 'b.x.c', 'a.b'],
  ],
  [['.*'], ['.x'], ['x', 'x.y']],
  [[], [], ['x']],
])('an endpoint with the types %j wants %j and not %j', (eventTypes, wanted, others) => {
  const wants = wantedTypes(eventTypes);
  expect(wanted.filter((type) => !wants(type))).toEqual([]);
  expect(others.filter((type) => wants(type))).toEqual([]);
});

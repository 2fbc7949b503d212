import { expect, test } from 'vitest';
import type { ReceivedMessage } from '../event/received.ts';
import { until } from '../testkit/until.ts';
import { Delivery } from './delivery.ts';
import { Preparer } from './preparer.ts';
import { Room } from './room.ts';

const MAX_BYTES = 1_000;
const COMPRESSED_BYTES = 400;

function setUp(expandedBytes: number) {
  const room = new Room(100, MAX_BYTES);
  const expanded: Delivery[] = [];
  let most = 0;
  let inThisTurn = 0;
  const preparer = new Preparer(room, (_message, delivery) => {
    inThisTurn += 1;
    most = Math.max(most, inThisTurn);
    setImmediate(() => {
      inThisTurn = 0;
    });
    room.grow(expandedBytes - delivery.bytes);
    delivery.bytes = expandedBytes;
    expanded.push(delivery);
  });
  const drain = new AbortController();
  const receive = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const body = 'x'.repeat(COMPRESSED_BYTES);
      const message: ReceivedMessage = {
        messageId: String(i),
        receiptHandle: '',
        body,
        attributes: {},
        systemAttributes: {},
        receiveCount: 1,
      };
      const delivery = new Delivery(message, 0, { visibilityTimeoutSeconds: 60, fifo: false });
      room.fill(delivery.bytes);
      preparer.add(message, delivery);
    }
  };
  const leave = () => room.leave(expanded.shift()?.bytes ?? 0);
  return { preparer, expanded, drain, receive, leave, mostInOneTurn: () => most };
}

const turns = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

test('expands what waits in the order of its arrival, with a turn of the event loop after each', async () => {
  const { preparer, expanded, drain, receive, mostInOneTurn } = setUp(1);
  const running = preparer.run(drain.signal);
  receive(5);
  await until(() => expanded.length === 5, { what: 'all to be expanded' });
  receive(1);
  await until(() => expanded.length === 6, { what: 'what came later' });
  expect(expanded.map(({ messageId }) => messageId)).toEqual(['0', '1', '2', '3', '4', '0']);
  expect(mostInOneTurn()).toBe(1);
  drain.abort();
  await running;
});

test('expands no more than there is room for, however much waits compressed', async () => {
  const { preparer, expanded, drain, receive, leave } = setUp(600);
  const running = preparer.run(drain.signal);
  receive(10); // four times the room, before any of it is expanded
  for (let i = 0; i < 5; i += 1) {
    await until(() => expanded.length === 2, { what: 'two to be expanded' });
    await turns();
    expect(expanded).toHaveLength(2); // 600 leave room for one more, 1200 do not
    leave();
    leave();
  }
  drain.abort();
  await running;
});

test('ends at the drain, with or without room, and expands no more', async () => {
  const { preparer, expanded, drain, receive, leave } = setUp(MAX_BYTES);
  const running = preparer.run(drain.signal);
  receive(3);
  await until(() => expanded.length === 1, { what: 'the first' });
  drain.abort();
  await running;
  leave();
  receive(1);
  await turns();
  expect(expanded).toHaveLength(0);
});

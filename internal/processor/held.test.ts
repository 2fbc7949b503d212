import { describe, expect, test } from 'vitest';
import { received } from '../proof/kit/work.ts';
import { HeldMessage } from './held.ts';

const held = (events?: number) => {
  const message = new HeldMessage(received('a'), 0, 60);
  if (events !== undefined) message.decided(events);
  return message;
};

describe('the state of a held message', () => {
  test('is undecided until its events are decided, and storing until the last has its outcome', () => {
    const message = held();
    expect(message.state).toBe('undecided');
    message.decided(2);
    expect([message.state, message.pending]).toEqual(['storing', 2]);
    message.settle();
    expect([message.state, message.pending]).toEqual(['storing', 1]);
    message.settle();
    expect([message.state, message.pending]).toEqual(['committed', 0]);
  });

  test.each([
    ['before another of its events is stored', (message: HeldMessage) => message.settle()],
    ['after another of its events was stored', () => {}],
  ])('is never committed once an event was given back %s', (_, before) => {
    const message = held(3);
    before(message);
    message.giveBack();
    while (message.pending > 0) {
      message.settle();
      expect(message.state).toBe('returning');
    }
  });

  test('is returning when it is given back undecided', () => {
    const message = held();
    message.giveBack();
    expect([message.state, message.pending]).toEqual(['returning', 0]);
  });
});

describe('a held message', () => {
  test('has a lease from when it was received', () => {
    expect(new HeldMessage(received('a'), 1_000, 30).leaseUntilMs).toBe(31_000);
  });

  test('received again takes the newer handle and lease, and the higher of the receive counts', () => {
    const message = new HeldMessage(received('a', { receiveCount: 3 }), 0, 60);
    message.receivedAgain(received('a', { receiptHandle: 'newer', receiveCount: 4 }), 90_000);
    expect(message).toMatchObject({ receiptHandle: 'newer', receiveCount: 4, leaseUntilMs: 90_000 });
    message.receivedAgain(received('a', { receiptHandle: 'newest', receiveCount: 1 }), 99_000);
    expect(message).toMatchObject({ receiptHandle: 'newest', receiveCount: 4, heldSinceMs: 0 });
  });

  test('that lost its lease has none at any time', () => {
    const message = held();
    message.loseLease();
    expect(message.leaseUntilMs).toBe(Number.NEGATIVE_INFINITY);
    message.extendLease(70_000);
    expect(message.leaseUntilMs).toBe(70_000);
  });

  test('takes the bytes of its body and of all its attributes', () => {
    const attributes = { note: '1234' };
    const systemAttributes = { SenderId: '12' };
    const message = new HeldMessage(received('a', { body: 'body', attributes, systemAttributes }), 0, 60);
    expect(message.bytes).toBe(4 + 8 + 10);
  });
});

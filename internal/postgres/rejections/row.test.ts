import { expect, test } from 'vitest';
import { attributesOf, toOpenRejection } from './row.ts';

test("SQS's attributes are kept apart from the sender's as they were received", () => {
  const row = { attributes: { SenderId: 'as the sender calls it' }, systemAttributes: { SenderId: 'AIDA' } };
  expect(attributesOf(row)).toEqual(row);
});

test('the attributes in a row of a release that kept them together are separated', () => {
  expect(attributesOf({ attributes: { SenderId: 'AIDA', note: 'n' }, systemAttributes: null })).toEqual({
    attributes: { note: 'n' },
    systemAttributes: { SenderId: 'AIDA' },
  });
});

test('the body is the text of its bytes', () => {
  const row = {
    id: '1',
    queue: 'events',
    sqsMessageId: 'm',
    eventIndex: null,
    eventId: null,
    body: Buffer.from('a\u0000é😀', 'utf8'),
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    receivedAt: new Date(0),
  };
  expect(toOpenRejection(row)).toEqual({ ...row, body: 'a\u0000é😀' });
});

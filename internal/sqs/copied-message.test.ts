import { describe, expect, test } from 'vitest';
import { entriesOf, inBatches } from './copied-message.ts';

const message = (bytes: number) => ({ Body: 'x'.repeat(bytes) });

describe('batches', () => {
  test('hold at most what one call takes, in the order received', () => {
    const messages = [message(200_000), message(62_144), message(1), message(262_143)];
    expect(inBatches(messages)).toEqual([
      [messages[0], messages[1]],
      [messages[2], messages[3]],
    ]);
  });

  test('count bytes, not characters, and attributes too', () => {
    const umlauts = { Body: 'ü'.repeat(100_000) };
    const attribute = { a: { DataType: 'String', StringValue: 'x'.repeat(62_144) } };
    expect(inBatches([umlauts, umlauts])).toHaveLength(2);
    expect(inBatches([umlauts, { Body: '', MessageAttributes: attribute }])).toHaveLength(2);
  });

  test('hold a message larger than a batch alone; no messages give no batches', () => {
    expect(inBatches([message(1), message(1_000_000), message(1)])).toHaveLength(3);
    expect(inBatches([])).toEqual([]);
  });
});

describe('an entry', () => {
  const received = {
    Body: 'b',
    MessageId: 'm-1',
    ReceiptHandle: 'r',
    Attributes: { AWSTraceHeader: 'Root=1-5', MessageGroupId: 'tenant-1', MessageDeduplicationId: 'd' },
    MessageAttributes: { n: { DataType: 'Number', StringValue: '1', StringListValues: [] } },
  };

  test('keeps message group, trace header and attributes, without the lists that SQS refuses', () => {
    expect(entriesOf([received], false)).toEqual([
      {
        Id: '0',
        MessageBody: 'b',
        MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } },
        MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-5' } },
        MessageGroupId: 'tenant-1',
      },
    ]);
  });

  test('of a FIFO queue has a new deduplication id, so that SQS does not drop it', () => {
    expect(entriesOf([received], true)[0]).toMatchObject({ MessageDeduplicationId: 'm-1' });
  });

  test('of a message without attributes has none', () => {
    expect(entriesOf([{ Body: 'b', MessageId: 'm' }], false)).toEqual([{ Id: '0', MessageBody: 'b' }]);
  });
});

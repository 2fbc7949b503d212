import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { SqsInbox } from './inbox.ts';
import type { SqsTransport } from './transport/calls.ts';

/** An inbox whose SQS always returns this answer. */
function inboxAnswering(answer: object): SqsInbox {
  return inboxThat(async () => answer);
}

function inboxThat(answer: (entries: readonly unknown[]) => Promise<object>): SqsInbox {
  const call = (_name: string, { Entries = [] }: { readonly Entries?: readonly unknown[] }) =>
    answer(Entries);
  const transport = { call, close() {} } as SqsTransport;
  return new SqsInbox({
    receiving: transport,
    acknowledging: transport,
    client: {} as SQSClient,
    queueUrl: 'http://localhost/1/events',
    queue: 'events',
    visibilityTimeoutSeconds: 60,
  });
}

const signal = new AbortController().signal;
const receiptOf = (id: string) => ({ sqsMessageId: id, receiptHandle: `handle of ${id}` });
const receipts = ['a', 'b', 'c'].map(receiptOf);

describe('SqsInbox', () => {
  it('returns nothing when a poll was empty', async () => {
    expect(await inboxAnswering({}).receive(10, 20, signal)).toEqual([]);
  });

  it('gives a message without a body an empty one, so that it is rejected and not lost', async () => {
    const message = { MessageId: 'm', ReceiptHandle: 'r' };
    expect(await inboxAnswering({ Messages: [message] }).receive(10, 20, signal)).toEqual([
      {
        sqsMessageId: 'm',
        receiptHandle: 'r',
        body: '',
        attributes: {},
        systemAttributes: {},
        receiveCount: 1,
      },
    ]);
  });

  it('refuses an answer with a message that could not be deleted', async () => {
    const inbox = inboxAnswering({ Messages: [{ MessageId: 'm', Body: '{}' }] });
    await expect(inbox.receive(10, 20, signal)).rejects.toThrow('without MessageId or ReceiptHandle');
  });

  it("never takes a sender's attribute for one of SQS's own", async () => {
    const MessageAttributes = Object.fromEntries([
      ['SenderId', { DataType: 'String', StringValue: 'somebody else' }],
      ['__proto__', { DataType: 'String', StringValue: 'kept' }],
    ]);
    const message = {
      MessageId: 'm',
      ReceiptHandle: 'r',
      Body: '{}',
      Attributes: { SenderId: 'me' },
      MessageAttributes,
    };
    const [received] = await inboxAnswering({ Messages: [message] }).receive(10, 20, signal);
    expect(received?.systemAttributes).toEqual({ SenderId: 'me' });
    expect(received?.attributes['SenderId']).toBe('somebody else');
    expect(Object.entries(received?.attributes ?? {})).toContainEqual(['__proto__', 'kept']);
  });

  it.each([
    ['InternalError', false, true],
    ['ServiceUnavailable', undefined, true],
    ['InvalidParameterValue', true, false],
    ['ReceiptHandleIsInvalid', false, false],
    ['MessageNotInflight', false, false],
  ])(
    'reports for an entry that failed with %s (sender fault: %s) whether it is retryable: %s',
    async (Code, SenderFault, retryable) => {
      const inbox = inboxAnswering({ Failed: [{ Id: '1', Code, SenderFault, Message: 'why' }] });
      const failure = { sqsMessageId: 'b', retryable, error: `${Code} why` };
      expect(await inbox.acknowledge(receipts, signal)).toEqual([failure]);
      expect(await inbox.changeVisibility(receipts, 0, signal)).toEqual([failure]);
    },
  );

  describe('with more messages than one call takes', () => {
    const many = Array.from({ length: 23 }, (_, i) => receiptOf(`${i}`));

    it('returns the failed entries of each call, and all entries of a failed call as retryable', async () => {
      const inbox = inboxThat(async (entries) => {
        if (entries.length < 10) throw new Error('connection reset');
        return { Failed: [{ Id: '9', Code: 'InternalError', SenderFault: false }] };
      });
      const all = [await inbox.acknowledge(many, signal), await inbox.changeVisibility(many, 0, signal)];
      for (const failures of all) {
        expect(failures.map(({ sqsMessageId }) => sqsMessageId)).toEqual(['9', '19', '20', '21', '22']);
        expect(failures.every(({ retryable }) => retryable)).toBe(true);
      }
    });

    it('rejects when all calls failed', async () => {
      const inbox = inboxThat(async () => {
        throw new Error('connection reset');
      });
      await expect(inbox.acknowledge(many, signal)).rejects.toThrow('connection reset');
      await expect(inbox.changeVisibility(many, 0, signal)).rejects.toThrow('connection reset');
    });
  });
});

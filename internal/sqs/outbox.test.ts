import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox, type OutboxParts, type SendOutcome } from './outbox.ts';
import type { OutboxMessage } from './send-batch.ts';

type Answer = Partial<SendMessageBatchCommandOutput>;
type Behaviour = (input: SendMessageBatchCommandInput, signal: AbortSignal) => Answer | Promise<Answer>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function message(text: string): OutboxMessage {
  return { text, group: 'acme' };
}

const accept: Behaviour = ({ Entries = [] }) => ({
  Successful: Entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: `message ${MessageBody}`,
    MD5OfMessageBody: '',
  })),
});

function failure(name: string, rest: object = {}): Error {
  return Object.assign(new Error(name), { name, ...rest });
}

/** An outbox whose SQS behaves as given, call by call; the last behaviour repeats. */
function setUp(behaviours: readonly Behaviour[], settings: Partial<OutboxParts<OutboxMessage>> = {}) {
  const calls: SendMessageBatchCommandInput[] = [];
  const client = {
    async send(
      command: { input: SendMessageBatchCommandInput },
      { abortSignal }: { abortSignal: AbortSignal },
    ) {
      calls.push(command.input);
      const behave = behaviours[Math.min(calls.length, behaviours.length) - 1] ?? accept;
      return behave(command.input, abortSignal);
    },
  } as unknown as SQSClient;
  const lines: string[] = [];
  const record: string[] = [];
  const outcomes: SendOutcome[] = [];
  const drain = new AbortController();
  const stop = new AbortController();
  const outbox = new Outbox<OutboxMessage>({
    client,
    queueUrl: 'http://localhost/1/events',
    fifo: false,
    concurrency: 2,
    record: ({ text }, outcome) => {
      record.push(`${text} ${outcome.kind}`);
      outcomes.push(outcome);
    },
    drain: drain.signal,
    stop: stop.signal,
    tell: (line) => lines.push(line),
    ...settings,
  });
  const settle = async () => {
    const settled = outbox.settled();
    await vi.runAllTimersAsync();
    await settled;
  };
  return { outbox, calls, lines, record, outcomes, drain, stop, settle };
}

describe('Outbox', () => {
  it('records an accepted message as sent with its MessageId, and sends it in its group', async () => {
    const { outbox, calls, record, outcomes, settle } = setUp([accept]);
    await outbox.send([message('a'), message('b')]);
    await settle();
    expect(record).toEqual(['a sent', 'b sent']);
    expect(outcomes[0]).toEqual({ kind: 'sent', sqsMessageId: 'message a' });
    expect(outbox.sent).toBe(2);
    expect(calls[0]?.Entries).toEqual([
      { Id: '0', MessageBody: 'a', MessageGroupId: 'acme' },
      { Id: '1', MessageBody: 'b', MessageGroupId: 'acme' },
    ]);
  });

  it('tells SQS how a body is compressed', async () => {
    const { outbox, calls, settle } = setUp([accept]);
    await outbox.send([{ ...message('a'), encoding: 'zstd' }, message('b')]);
    await settle();
    expect(calls[0]?.Entries?.map(({ MessageAttributes }) => MessageAttributes)).toEqual([
      { 'content-encoding': { DataType: 'String', StringValue: 'zstd' } },
      undefined,
    ]);
  });

  it('retries only the entries that failed', async () => {
    const { outbox, calls, record, settle } = setUp([
      ({ Entries = [] }) => ({
        Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }],
        Failed: Entries.slice(1).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      }),
      accept,
    ]);
    await outbox.send([message('a'), message('b')]);
    await settle();
    expect(record).toEqual(['a sent', 'b sent']);
    expect(calls.map(({ Entries = [] }) => Entries.length)).toEqual([2, 1]);
  });

  it('records as failed what SQS will never accept, and what it has refused six times', async () => {
    const refuse =
      (SenderFault: boolean): Behaviour =>
      ({ Entries = [] }) => ({ Failed: Entries.map(({ Id }) => ({ Id, Code: 'Sorry', SenderFault })) });
    const forGood = setUp([refuse(true)]);
    await forGood.outbox.send([message('a')]);
    await forGood.settle();
    expect([forGood.record, forGood.calls.length]).toEqual([['a failed'], 1]);
    const often = setUp([refuse(false)]);
    await often.outbox.send([message('a')]);
    await often.settle();
    expect([often.record, often.calls.length]).toEqual([['a failed'], 6]);
    expect(often.lines).toEqual(['SQS refused a message for good: Sorry']);
  });

  it.each([
    failure('Error', { code: 'ECONNRESET' }),
    failure('TimeoutError'),
    failure('InternalFailure', { $metadata: { httpStatusCode: 500 } }),
  ])('records as unknown, and does not retry, when the answer is lost: %s', async (error) => {
    const { outbox, calls, record, lines, settle } = setUp([
      () => {
        throw error;
      },
    ]);
    await outbox.send([message('a'), message('b')]);
    await settle();
    expect(record).toEqual(['a unknown', 'b unknown']);
    expect(calls).toHaveLength(1);
    expect(lines).toEqual(['SQS does not answer; retrying']);
  });

  it('records as unknown an entry that the answer does not mention', async () => {
    const { outbox, record, settle } = setUp([
      () => ({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] }),
    ]);
    await outbox.send([message('a'), message('b')]);
    await settle();
    expect(record).toEqual(['a sent', 'b unknown']);
  });

  it.each([
    failure('Error', { code: 'ECONNREFUSED' }),
    failure('Error', { code: 'ETIMEDOUT', syscall: 'connect' }),
    failure('TimeoutError', { message: 'the request socket did not establish a connection with the server' }),
    failure('RequestThrottled', { $metadata: { httpStatusCode: 403 } }),
  ])('keeps retrying while nothing can have arrived: %s', async (error) => {
    const refuse: Behaviour = () => {
      throw error;
    };
    const { outbox, calls, record, settle } = setUp([...Array.from({ length: 20 }, () => refuse), accept]);
    await outbox.send([message('a')]);
    await settle();
    expect(record).toEqual(['a sent']);
    expect(calls).toHaveLength(21);
  });

  it('reports an outage once, and its end', async () => {
    const refuse: Behaviour = () => {
      throw failure('Error', { code: 'ECONNREFUSED' });
    };
    const { outbox, lines, settle } = setUp([refuse, refuse, refuse, accept]);
    await outbox.send([message('a')]);
    await settle();
    expect(lines).toEqual(['SQS does not answer; retrying', 'SQS answers again']);
  });

  it('gives up what cannot be delivered once the drain begins', async () => {
    const { outbox, record, drain, settle } = setUp([
      () => {
        throw failure('Error', { code: 'ECONNREFUSED' });
      },
    ]);
    await outbox.send([message('a')]);
    drain.abort();
    await settle();
    expect(record).toEqual(['a failed']);
  });

  it('ends at once on stop; messages in flight are unknown', async () => {
    const { outbox, record, drain, stop, settle } = setUp([
      (_input, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(failure('AbortError')));
        }),
    ]);
    await outbox.send([message('a')]);
    drain.abort();
    stop.abort();
    await settle();
    expect(record).toEqual(['a unknown']);
  });

  it('keeps the error when SQS refuses everything', async () => {
    const denied = failure('AccessDeniedException', { $metadata: { httpStatusCode: 403 } });
    const { outbox, record, settle } = setUp([
      () => {
        throw denied;
      },
    ]);
    await outbox.send([message('a')]);
    await settle();
    expect(record).toEqual(['a failed']);
    expect(outbox.problem).toBe(denied);
  });

  it('sends without groups when an emulator refuses them, and says so once', async () => {
    const { outbox, calls, record, lines, settle } = setUp([
      () => {
        throw failure('InvalidParameterValue', {
          message: 'Value acme for parameter MessageGroupId is invalid',
          $metadata: { httpStatusCode: 400 },
        });
      },
      accept,
    ]);
    await outbox.send([message('a')]);
    await settle();
    await outbox.send([message('b')]);
    await settle();
    expect(record).toEqual(['a sent', 'b sent']);
    expect(calls.map(({ Entries = [] }) => Entries[0]?.MessageGroupId)).toEqual([
      'acme',
      undefined,
      undefined,
    ]);
    expect(lines).toHaveLength(1);
  });

  it('keeps the deduplication ids of a FIFO queue when it retries', async () => {
    const throttle: Behaviour = () => {
      throw failure('ThrottlingException');
    };
    const { outbox, calls, settle } = setUp([throttle, accept], { fifo: true });
    await outbox.send([message('a'), message('b')]);
    await settle();
    const ids = calls.map(({ Entries = [] }) =>
      Entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(2);
    expect(ids[0]).not.toContain(undefined);
  });

  it('delays the next send while the allowed number is in flight', async () => {
    const answers: (() => void)[] = [];
    const { outbox, calls, settle } = setUp([
      (input, signal) => new Promise((resolve) => answers.push(() => resolve(accept(input, signal)))),
    ]);
    await outbox.send([message('a')]);
    await outbox.send([message('b')]);
    let started = false;
    const third = outbox.send([message('c')]).then(() => {
      started = true;
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([calls.length, started]).toEqual([2, false]);
    answers[0]?.();
    await third;
    expect(calls).toHaveLength(3);
    for (const answer of answers) answer();
    await settle();
  });

  it('keeps the error when an outcome cannot be recorded', async () => {
    const full = new Error('disk full');
    const { outbox, settle } = setUp([accept], {
      record: () => {
        throw full;
      },
    });
    await outbox.send([message('a')]);
    await settle();
    expect(outbox.problem).toBe(full);
  });
});

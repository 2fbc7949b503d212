import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ledger } from '../load/ledger.ts';
import type { Body } from '../load/packer.ts';
import { Sender } from './outbox.ts';

type Answer = Partial<SendMessageBatchCommandOutput>;
type Behaviour = (input: SendMessageBatchCommandInput, signal: AbortSignal) => Answer | Promise<Answer>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function body(...ids: (string | null)[]): Body {
  const events = ids.map((id) => ({ kind: 'good' as const, id }));
  return { tenant: 'acme', text: JSON.stringify(ids), bytes: 10, array: ids.length > 1, events };
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

/** A sender to an SQS that behaves as told, the last behaviour for all calls that follow. */
function setUp(behaviours: readonly Behaviour[], settings: { fifo?: boolean; concurrency?: number } = {}) {
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
  const ledger = new Ledger();
  vi.spyOn(ledger, 'record').mockImplementation((entries) => {
    record.push(...entries.map(({ id, outcome }) => `${id} ${outcome}`));
  });
  const drain = new AbortController();
  const stop = new AbortController();
  const sender = new Sender({
    client,
    queueUrl: 'http://localhost/1/events',
    fifo: false,
    concurrency: 2,
    ledger,
    drain: drain.signal,
    stop: stop.signal,
    tell: (line) => lines.push(line),
    ...settings,
  });
  const settle = async () => {
    const settled = sender.settled();
    await vi.runAllTimersAsync();
    await settled;
  };
  return { sender, ledger, calls, lines, record, drain, stop, settle };
}

describe('Sender', () => {
  it('records as sent what SQS took, with the tenant as group', async () => {
    const { sender, calls, record, settle } = setUp([accept]);
    await sender.send([body('a'), body('b', 'c')]);
    await settle();
    expect(record).toEqual(['a ok', 'b ok', 'c ok']);
    expect(sender.messages).toBe(2);
    expect(calls[0]?.Entries).toEqual([
      { Id: '0', MessageBody: '["a"]', MessageGroupId: 'acme' },
      { Id: '1', MessageBody: '["b","c"]', MessageGroupId: 'acme' },
    ]);
  });

  it('tells SQS how a body is compressed', async () => {
    const { sender, calls, settle } = setUp([accept]);
    await sender.send([{ ...body('a'), encoding: 'zstd' }, body('b')]);
    await settle();
    expect(calls[0]?.Entries?.map(({ MessageAttributes }) => MessageAttributes)).toEqual([
      { 'content-encoding': { DataType: 'String', StringValue: 'zstd' } },
      undefined,
    ]);
  });

  it('names events without an id as the processor will: by MessageId, with the position in an array', async () => {
    const { sender, record, settle } = setUp([accept]);
    await sender.send([body(null), body('a', null)]);
    await settle();
    expect(record).toEqual(['message [null] ok', 'a ok', 'message ["a",null]-1 ok']);
  });

  it('sends again only the entries that failed', async () => {
    const { sender, calls, record, settle } = setUp([
      ({ Entries = [] }) => ({
        Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }],
        Failed: Entries.slice(1).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      }),
      accept,
    ]);
    await sender.send([body('a'), body('b')]);
    await settle();
    expect(record).toEqual(['a ok', 'b ok']);
    expect(calls.map(({ Entries = [] }) => Entries.length)).toEqual([2, 1]);
  });

  it('records as failed what SQS will never take, and what it did not take six times', async () => {
    const refuse =
      (SenderFault: boolean): Behaviour =>
      ({ Entries = [] }) => ({ Failed: Entries.map(({ Id }) => ({ Id, Code: 'Sorry', SenderFault })) });
    const forGood = setUp([refuse(true)]);
    await forGood.sender.send([body('a')]);
    await forGood.settle();
    expect([forGood.record, forGood.calls.length]).toEqual([['a failed'], 1]);
    const often = setUp([refuse(false)]);
    await often.sender.send([body('a')]);
    await often.settle();
    expect([often.record, often.calls.length]).toEqual([['a failed'], 6]);
    expect(often.lines).toEqual(['SQS refused a message for good: Sorry']);
  });

  it.each([
    failure('Error', { code: 'ECONNRESET' }),
    failure('TimeoutError'),
    failure('InternalFailure', { $metadata: { httpStatusCode: 500 } }),
  ])('records as unknown, and does not send again, when the answer is lost: %s', async (error) => {
    const { sender, calls, record, lines, settle } = setUp([
      () => {
        throw error;
      },
    ]);
    await sender.send([body('a'), body('b')]);
    await settle();
    expect(record).toEqual(['a unknown', 'b unknown']);
    expect(calls).toHaveLength(1);
    expect(lines).toEqual(['SQS does not answer; trying on']);
  });

  it('records as unknown an entry that the answer does not mention', async () => {
    const { sender, record, settle } = setUp([
      () => ({ Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] }),
    ]);
    await sender.send([body('a'), body('b')]);
    await settle();
    expect(record).toEqual(['a ok', 'b unknown']);
  });

  it.each([
    failure('Error', { code: 'ECONNREFUSED' }),
    failure('Error', { code: 'ETIMEDOUT', syscall: 'connect' }),
    failure('TimeoutError', { message: 'the request socket did not establish a connection with the server' }),
    failure('RequestThrottled', { $metadata: { httpStatusCode: 403 } }),
  ])('goes on trying while nothing can have arrived: %s', async (error) => {
    const refuse: Behaviour = () => {
      throw error;
    };
    const { sender, calls, record, settle } = setUp([...Array.from({ length: 20 }, () => refuse), accept]);
    await sender.send([body('a')]);
    await settle();
    expect(record).toEqual(['a ok']);
    expect(calls).toHaveLength(21);
  });

  it('tells once of an outage, and of its end', async () => {
    const refuse: Behaviour = () => {
      throw failure('Error', { code: 'ECONNREFUSED' });
    };
    const { sender, lines, settle } = setUp([refuse, refuse, refuse, accept]);
    await sender.send([body('a')]);
    await settle();
    expect(lines).toEqual(['SQS does not answer; trying on', 'SQS answers again']);
  });

  it('gives up what cannot be delivered once the drain begins', async () => {
    const { sender, record, drain, settle } = setUp([
      () => {
        throw failure('Error', { code: 'ECONNREFUSED' });
      },
    ]);
    await sender.send([body('a')]);
    drain.abort();
    await settle();
    expect(record).toEqual(['a failed']);
  });

  it('leaves off at once when told to stop; what was under way is unknown', async () => {
    const { sender, record, drain, stop, settle } = setUp([
      (_input, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(failure('AbortError')));
        }),
    ]);
    await sender.send([body('a')]);
    drain.abort();
    stop.abort();
    await settle();
    expect(record).toEqual(['a unknown']);
  });

  it('keeps the reason why SQS refuses everything', async () => {
    const denied = failure('AccessDeniedException', { $metadata: { httpStatusCode: 403 } });
    const { sender, record, settle } = setUp([
      () => {
        throw denied;
      },
    ]);
    await sender.send([body('a')]);
    await settle();
    expect(record).toEqual(['a failed']);
    expect(sender.problem).toBe(denied);
  });

  it('does without groups where an emulator refuses them, and says so once', async () => {
    const { sender, calls, record, lines, settle } = setUp([
      () => {
        throw failure('InvalidParameterValue', {
          message: 'Value acme for parameter MessageGroupId is invalid',
          $metadata: { httpStatusCode: 400 },
        });
      },
      accept,
    ]);
    await sender.send([body('a')]);
    await settle();
    await sender.send([body('b')]);
    await settle();
    expect(record).toEqual(['a ok', 'b ok']);
    expect(calls.map(({ Entries = [] }) => Entries[0]?.MessageGroupId)).toEqual([
      'acme',
      undefined,
      undefined,
    ]);
    expect(lines).toHaveLength(1);
  });

  it('sends to FIFO queues with ids that stay the same when it sends again', async () => {
    const throttle: Behaviour = () => {
      throw failure('ThrottlingException');
    };
    const { sender, calls, settle } = setUp([throttle, accept], { fifo: true });
    await sender.send([body('a'), body('b')]);
    await settle();
    const ids = calls.map(({ Entries = [] }) =>
      Entries.map(({ MessageDeduplicationId }) => MessageDeduplicationId),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids[0]).size).toBe(2);
    expect(ids[0]).not.toContain(undefined);
  });

  it('waits with the next send while as many as allowed are under way', async () => {
    const answers: (() => void)[] = [];
    const { sender, calls, settle } = setUp([
      (input, signal) => new Promise((resolve) => answers.push(() => resolve(accept(input, signal)))),
    ]);
    await sender.send([body('a')]);
    await sender.send([body('b')]);
    let started = false;
    const third = sender.send([body('c')]).then(() => {
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

  it('keeps the reason when the ledger cannot be written', async () => {
    const { sender, ledger, settle } = setUp([accept]);
    const full = new Error('disk full');
    vi.spyOn(ledger, 'record').mockImplementation(() => {
      throw full;
    });
    await sender.send([body('a')]);
    await settle();
    expect(sender.problem).toBe(full);
  });
});

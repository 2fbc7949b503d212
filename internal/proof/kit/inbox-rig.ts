import type { Inbox, ReceivedMessage } from '../../processor/ports.ts';
import { until } from './until.ts';

/** An inbox on an empty queue, and a producer, for the contract suite. */
export interface InboxRig extends AsyncDisposable {
  readonly inbox: Inbox;
  /** On a FIFO queue, sends everything to one message group. */
  send(bodies: readonly string[], group?: string): Promise<void>;
  /** The clock that `sentAtMs` is read from. */
  nowMs(): number;
  /** SQS does not say whether a delete with the handle of an earlier receive deletes the message. */
  readonly staleHandlesMayDelete?: boolean;
}

export interface InboxOptions {
  /** The default is long enough for a test to hold its messages. */
  readonly visibilityTimeoutSeconds?: number;
}

export type InboxSetUp = (options?: InboxOptions) => Promise<InboxRig>;

export const never = new AbortController().signal;

export const bodiesOf = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body);

/** Receives until there are `count` messages; a redelivered message counts again. */
export async function receiveMany({ inbox }: InboxRig, count: number): Promise<ReceivedMessage[]> {
  const taken: ReceivedMessage[] = [];
  await until(
    async () => {
      const most = Math.min(inbox.messagesPerCall, count - taken.length);
      taken.push(...(await inbox.receive(most, 1, never)));
      return taken.length >= count;
    },
    { what: `${count} messages`, timeoutMs: 20_000 },
  );
  return taken;
}

import type { Inbox, ReceivedMessage } from '../../processor/ports.ts';
import { until } from './until.ts';

/** An inbox on an empty queue, for its contract suite, and a producer. */
export interface InboxRig extends AsyncDisposable {
  readonly inbox: Inbox;
  /** To a FIFO queue, all in one message group. */
  send(bodies: readonly string[], group?: string): Promise<void>;
  /** The clock that tells when messages were sent. */
  nowMs(): number;
  /** SQS leaves open whether a delete with the handle of an earlier receive deletes. */
  readonly staleHandlesMayDelete?: boolean;
}

export interface InboxOptions {
  /** Long enough for a test to hold its messages, unless it is given. */
  readonly visibilityTimeoutSeconds?: number;
}

export type InboxSetUp = (options?: InboxOptions) => Promise<InboxRig>;

export const never = new AbortController().signal;

export const bodiesOf = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body);

/** Receives until that many messages came; a message that comes twice counts as two. */
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

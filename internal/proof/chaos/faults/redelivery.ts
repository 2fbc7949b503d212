import { randomUUID } from 'node:crypto';
import type { Fault, Site } from '../fault.ts';
import type { Interceptor, SqsAnswer } from '../sqs-proxy.ts';
import { stay } from './striking.ts';

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
}

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
}

/** SQS returns at most this many messages per receive. */
const MESSAGES = 10;
const STRIKE_MS = 3_000;
const COPIES = 20;

/**
 * Delivers messages with receipt handles of its own, as SQS creates a new handle per receive. With `strict`,
 * only the newest handle deletes a message; a delete with an older one succeeds without effect, as SQS
 * allows.
 */
class Handles {
  readonly #real = new Map<string, { readonly sqsMessageId: string; readonly handle: string }>();
  readonly #newest = new Map<string, string>();
  readonly #strict: boolean;
  /** A mixture may have two of these; the prefix tells their handles apart. */
  readonly #prefix = randomUUID();
  /** Number of messages delivered differently than SQS did. */
  struck = 0;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  handOut(message: Message): Message {
    const real = this.#real.get(message.ReceiptHandle)?.handle ?? message.ReceiptHandle;
    const handle = `${this.#prefix}-${this.#real.size}`;
    this.#real.set(handle, { sqsMessageId: message.MessageId, handle: real });
    this.#newest.set(message.MessageId, handle);
    return { ...message, ReceiptHandle: handle };
  }

  /** Translates the handles of deletes and visibility changes back to SQS's own. */
  readonly intercept: Interceptor = async (call, next) => {
    if (!/^(Delete|Change)Message.*Batch$/.test(call.action)) return next(call);
    const entries = call.input['Entries'] as readonly Entry[];
    const stale = entries.filter((entry) => this.#isStale(entry));
    // Two entries of one call may be for the same message; SQS answers both.
    const passed = entries
      .filter((entry) => !stale.includes(entry))
      .map((entry) => ({
        ...entry,
        ReceiptHandle: this.#real.get(entry.ReceiptHandle)?.handle ?? entry.ReceiptHandle,
      }));
    const answer: SqsAnswer | 'reset' =
      passed.length === 0
        ? { status: 200, output: {} }
        : await next({ ...call, input: { ...call.input, Entries: passed } });
    if (answer === 'reset' || answer.status !== 200) return answer;
    const successful = (answer.output['Successful'] ?? []) as readonly { Id: string }[];
    return {
      ...answer,
      output: { ...answer.output, Successful: [...successful, ...stale.map(({ Id }) => ({ Id }))] },
    };
  };

  #isStale({ ReceiptHandle }: Entry): boolean {
    const real = this.#real.get(ReceiptHandle);
    return this.#strict && real !== undefined && this.#newest.get(real.sqsMessageId) !== ReceiptHandle;
  }
}

/** Changes the results of receives for a while. Handles are translated until the end of the round. */
async function receives(
  site: Site,
  signal: AbortSignal,
  handles: Handles,
  change: (messages: readonly Message[]) => Promise<readonly Message[]>,
): Promise<number> {
  site.sqsProxy.intercept(handles.intercept);
  using _ = site.sqsProxy.intercept(async (call, next) => {
    const answer = await next(call);
    if (call.action !== 'ReceiveMessage' || answer === 'reset' || answer.status !== 200) return answer;
    const Messages = await change((answer.output['Messages'] ?? []) as readonly Message[]);
    return { ...answer, output: { ...answer.output, Messages } };
  });
  const nothing = 'no message was received';
  return await stay(STRIKE_MS, signal, { struck: () => handles.struck, nothing });
}

export const redeliveryFaults: readonly Fault[] = [
  {
    name: 'duplicates',
    what: 'SQS redelivers messages up to 20 times, even twice in one response and after their delete',
    async inject(site, signal, random) {
      const handles = new Handles(false);
      const kept: { message: Message; left: number }[] = [];
      return receives(site, signal, handles, async (messages) => {
        for (const message of messages) kept.push({ message, left: random.whole(1, COPIES) });
        const room = messages.slice(0, random.whole(1, MESSAGES));
        const again = Array.from({ length: MESSAGES - room.length }, () => {
          const chosen = kept[random.whole(0, Math.max(0, kept.length - 1))];
          if (chosen === undefined || chosen.left === 0) return [];
          chosen.left -= 1;
          handles.struck += 1;
          return [handles.handOut(chosen.message)];
        });
        // SQS redelivers the messages left out here after their visibility timeout.
        return random.shuffled([...room, ...again.flat()]);
      });
    },
  },
  {
    name: 'stale-handles',
    what: 'SQS redelivers messages under new handles while they are held; deletes with the old ones do nothing',
    async inject(site, signal, random) {
      const handles = new Handles(true);
      let last: readonly Message[] = [];
      return receives(site, signal, handles, async (messages) => {
        const fresh = messages.map((message) => handles.handOut(message));
        const again = last.slice(0, MESSAGES - fresh.length).filter(() => random.chance(0.7));
        last = messages;
        handles.struck += again.length;
        return [...again.map((message) => handles.handOut(message)), ...fresh];
      });
    },
  },
  {
    name: 'reordering',
    what: 'messages arrive out of order, some up to a second late',
    async inject(site, signal, random) {
      // SQS redelivers the messages still held at the end after their visibility timeout.
      let held: Message[] = [];
      const handles = new Handles(false);
      return receives(site, signal, handles, async (messages) => {
        const all = random.shuffled([...held, ...messages]);
        const given = all.slice(0, random.whole(0, MESSAGES));
        held = all.slice(given.length);
        handles.struck += given.length;
        return given;
      });
    },
  },
];

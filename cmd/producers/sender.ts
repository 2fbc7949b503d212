import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { sleep } from '#internal/processor/waiting.ts';
import type { GeneratedMessage } from './events.ts';
import type { Generator } from './generator.ts';
import type { Ledger } from './ledger.ts';
import { DEMO_RATE, type Options } from './options.ts';

const ENTRIES = 10;
/** SQS: a batch has at most 1 MiB; some servers count more than bodies, and queues may allow less. */
const BATCH_BYTES = 200_000;
const REFUSED_TRIES = 5;
const RETRY_MS = 200;
/** How far the pace may catch up after a delay, so that a stall is not followed by a flood. */
const CATCH_UP_SECONDS = 1;

interface SenderParts {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly generator: Generator;
  readonly ledger: Ledger;
  readonly options: Options;
  /** Says once what an operator should know. */
  readonly tell: (message: string) => void;
}

/** Sends what the generator makes, at the pace of the options, until the count is reached or a signal comes. */
export class Sender {
  readonly #parts: SenderParts;
  readonly #startedMs = performance.now();
  readonly #rate: number;
  #taken = 0;
  #paceStartMs = performance.now();
  #paced = 0;
  #carry: GeneratedMessage | undefined;
  #told = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    const { rate, count } = parts.options;
    this.#rate = rate ?? (count === undefined ? DEMO_RATE : Number.POSITIVE_INFINITY);
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** `drain` ends the generating; `stop` also gives up what is being tried again. */
  async run(drain: AbortSignal, stop: AbortSignal): Promise<void> {
    const { concurrency } = this.#parts.options;
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (!drain.aborted) {
          const messages = await this.#take(drain);
          if (messages.length === 0) return;
          await this.#send(messages, stop);
        }
      }),
    );
  }

  /** The messages of one batch, when the pace allows them; none at the end. */
  async #take(drain: AbortSignal): Promise<GeneratedMessage[]> {
    const { count = Number.POSITIVE_INFINITY } = this.#parts.options;
    const messages: GeneratedMessage[] = [];
    let bytes = 0;
    // A slow pace sends what is due and does not wait to fill a batch.
    while (messages.length < ENTRIES && (messages.length === 0 || this.#isDue())) {
      if (!(await this.#due(drain))) break;
      const message = this.#carry ?? this.#generate(count - this.#taken);
      this.#carry = undefined;
      if (message === undefined) break;
      bytes += Buffer.byteLength(message.body);
      if (messages.length > 0 && bytes > BATCH_BYTES) {
        this.#carry = message;
        break;
      }
      messages.push(message);
    }
    return messages;
  }

  #generate(left: number): GeneratedMessage | undefined {
    if (left <= 0) return undefined;
    const message = this.#parts.generator.next(left);
    this.#taken += message.events.length;
    this.#paced += message.events.length;
    return message;
  }

  #isDue(): boolean {
    return this.#waitMs() <= 0;
  }

  #waitMs(): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    const now = performance.now();
    const dueMs = this.#paceStartMs + (this.#paced / this.#rate) * 1000;
    if (now - dueMs > CATCH_UP_SECONDS * 1000) {
      this.#paceStartMs = now;
      this.#paced = 0;
      return 0;
    }
    return dueMs - now;
  }

  async #due(drain: AbortSignal): Promise<boolean> {
    while (!drain.aborted) {
      const waitMs = this.#waitMs();
      if (waitMs <= 0) return true;
      await sleep(Math.max(1, waitMs), drain);
    }
    return false;
  }

  async #send(messages: readonly GeneratedMessage[], stop: AbortSignal): Promise<void> {
    let open = messages;
    for (let tries = 1; open.length > 0; tries += 1) {
      const last = stop.aborted || tries === REFUSED_TRIES;
      const answer = await this.#sendOnce(open);
      if (answer === 'unknown') return this.#write(open, 'unknown', stop);
      if (answer === 'unreachable') {
        if (stop.aborted) return this.#write(open, 'failed', stop);
        tries = 0; // nothing was sent: try until SQS is back or we are stopped
      } else {
        const refused = new Set(answer);
        await this.#write(
          open.filter((message) => !refused.has(message)),
          'ok',
          stop,
        );
        open = answer;
        if (last) return this.#write(open, 'failed', stop);
      }
      if (open.length > 0) await sleep(Math.random() * RETRY_MS * 2 ** Math.min(tries, 5), stop);
    }
  }

  /** The messages that SQS refused; `unreachable`: surely not sent; `unknown`: no answer, may be in the queue. */
  async #sendOnce(
    messages: readonly GeneratedMessage[],
  ): Promise<readonly GeneratedMessage[] | 'unreachable' | 'unknown'> {
    const { client, queueUrl } = this.#parts;
    try {
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: messages.map(toEntry) }),
      );
      if (Failed.length > 0)
        this.#tellOnce(`SQS refused a message: ${Failed[0]?.Code} ${Failed[0]?.Message ?? ''}`);
      return Failed.map(({ Id }) => messages[Number(Id)] as GeneratedMessage);
    } catch (error) {
      const { name, message } = error as Error;
      const code = 'code' in (error as Error) ? (error as NodeJS.ErrnoException).code : undefined;
      this.#tellOnce(`a send failed (${code ?? name}: ${message}); going on`);
      if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || /Throttl|TooManyRequests/i.test(name))
        return 'unreachable';
      if (/Invalid|NonExistent|DoesNotExist|AccessDenied|TooLong|EmptyBatch/.test(name)) return messages;
      return 'unknown';
    }
  }

  #tellOnce(message: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#parts.tell(message);
  }

  async #write(
    messages: readonly GeneratedMessage[],
    outcome: 'ok' | 'failed' | 'unknown',
    stop: AbortSignal,
  ) {
    for (const { events } of messages) await this.#parts.ledger.write(events, outcome);
    if (outcome === 'unknown') await sleep(RETRY_MS, stop);
  }
}

function toEntry({ body, tenant }: GeneratedMessage, i: number): SendMessageBatchRequestEntry {
  return { Id: String(i), MessageBody: body, MessageGroupId: tenant };
}

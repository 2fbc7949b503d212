import { createDatabase, type TestDatabase } from '../kit/database.ts';
import { plainEvent } from '../kit/events.ts';
import { Program } from '../kit/program.ts';
import { createQueue, sqsEnvironment, type TestQueue } from '../kit/queue.ts';
import { until } from '../kit/until.ts';
import type { BadInput } from './case.ts';
import { type Observed, observe, outcomesOf, rejectionsOf } from './observe.ts';
import { registerNames } from './registry.ts';
import { type Answer, type Outgoing, sendAll } from './send.ts';

/** Events are decided within milliseconds, but a busy machine may take much longer. */
const DECIDED_WITHIN_MS = 60_000;

/** The outcome of one case. */
export interface Verdict {
  readonly answer: Answer;
  readonly observed: readonly Observed[];
  /** Number of rows in `rejection` for the SQS message, expected or not. */
  readonly rejections: number;
  /** The good event sent right after it. */
  readonly goodEvent: 'stored' | 'lost';
}

/** The real processor, as a process, between a queue and a database of its own. */
export class Rig implements AsyncDisposable {
  readonly database: TestDatabase;
  readonly queue: TestQueue;
  readonly #processor: Program;
  /** What the processor must have counted so far. */
  readonly books = { received: 0, stored: 0, duplicates: 0, rejected: 0 };
  #goodEvents = 0;

  private constructor(database: TestDatabase, queue: TestQueue, processor: Program) {
    this.database = database;
    this.queue = queue;
    this.#processor = processor;
  }

  static async open(): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createDatabase());
    await registerNames(database.pool);
    const queue = stack.use(await createQueue());
    const processor = stack.use(
      new Program('processor/main.ts', [], {
        ...sqsEnvironment(queue.endpoint),
        DATABASE_URL: database.url,
        QUEUE_NAME: queue.name,
        HEALTH_PORT: '0',
      }),
    );
    await processor.logged('ready');
    stack.move();
    return new Rig(database, queue, processor);
  }

  /**
   * Sends the cases, each followed by a good event, and one more good event after all. Returns the outcome of
   * each case.
   */
  async decide(cases: readonly BadInput[]): Promise<Verdict[]> {
    await this.sendAndWait(
      cases.flatMap(({ earlier, earlierAttributes }) =>
        earlier === undefined
          ? []
          : [
              {
                body: earlier,
                ...(earlierAttributes === undefined ? {} : { attributes: earlierAttributes }),
              },
            ],
      ),
    );
    const goodIds = cases.map(() => this.#nextGoodId());
    const answers = await this.sendAndWait(
      cases.flatMap((input, i) => [input, { body: JSON.stringify(plainEvent(goodIds[i] as string)) }]),
    );
    const lastId = this.#nextGoodId();
    await this.sendAndWait([{ body: JSON.stringify(plainEvent(lastId)) }]);
    const sent = cases.map((input, i) => ({ input, answer: answers[i * 2] as Answer }));
    this.#expectInBooks(sent);
    const stored = await this.#storedIds([...goodIds, lastId]);
    if (!stored.has(lastId)) throw new Error('the good event after the whole category was not stored');
    const observed = await observe(this.database.pool, sent);
    const rejections = await rejectionsOf(this.database.pool, sent);
    return sent.map(({ answer }, i) => ({
      answer,
      observed: observed[i] as Observed[],
      rejections: rejections[i] as number,
      goodEvent: stored.has(goodIds[i] as string) ? 'stored' : 'lost',
    }));
  }

  /** Ends the processor and returns the counts in its last log line. */
  async booksAtEnd(): Promise<Record<string, unknown>> {
    this.#processor.signal('SIGTERM');
    const { code } = await this.#processor.exited;
    if (code !== 0) throw new Error(`the processor exited with code ${code}:\n${this.#processor.stderr}`);
    return this.#processor.logged('stopped');
  }

  get log(): readonly string[] {
    return this.#processor.stdout.split('\n').filter((line) => line !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processor[Symbol.asyncDispose]();
    await this.queue[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }

  /**
   * Sends messages and waits until the queue is empty: a message is deleted once all of its events are
   * decided.
   */
  async sendAndWait(messages: readonly Outgoing[]): Promise<Answer[]> {
    const answers = await sendAll(this.queue.client, this.queue.url, messages);
    await until(async () => (await this.queue.counts()).total === 0, {
      what: 'every message to be decided',
      timeoutMs: DECIDED_WITHIN_MS,
    });
    return answers;
  }

  #nextGoodId(): string {
    this.#goodEvents += 1;
    return `good-${this.#goodEvents}`;
  }

  #expectInBooks(sent: readonly { input: BadInput; answer: Answer }[]): void {
    const goodEvents = sent.length + 1 + sent.filter(({ input }) => input.earlier !== undefined).length;
    const taken = sent.filter(({ answer }) => answer.kind === 'sent');
    const kinds = taken.flatMap(({ input }) => outcomesOf(input).map(({ kind }) => kind));
    const count = (wanted: string) => kinds.filter((kind) => kind === wanted).length;
    this.books.received += goodEvents + kinds.length;
    this.books.stored += goodEvents + count('stored');
    this.books.duplicates += count('duplicate');
    this.books.rejected += count('rejected');
  }

  async #storedIds(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.database.pool.query<{ id: string }>(
      `select event_id as id from message where source = 'test' and event_id = any($1)`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

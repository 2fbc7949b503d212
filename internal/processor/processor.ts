import { isCompressed } from '../event/body/content-encoding.ts';
import type { ReceivedMessage } from '../event/received.ts';
import { Acknowledger } from './acknowledger.ts';
import { Batcher, type BatchLimits, type Work } from './batcher.ts';
import { Blocked } from './blocked.ts';
import { Books } from './books.ts';
import { Breaker } from '../waiting/gate.ts';
import { type DecidedEvent, type DecideParts, Deciding } from './decide.ts';
import { Deliveries, type Delivery } from './delivery.ts';
import { Preparer, type Undecided } from './preparer.ts';
import { Leases } from './leases.ts';
import type { FetchedPayload, Inbox, Log, Payloads, Store, Telemetry } from './ports.ts';
import { keepMappings, loadMappings, MappingRegistry, readMappings } from './mappings.ts';
import { Receiver } from './receiver.ts';
import { Room } from './room.ts';
import { SchemaRegistry } from './schemas.ts';
import { Storer, type WorkOutcome } from './storer.ts';
import { Turn } from './turn.ts';

/** However few the messages are: once so many bytes of bodies and events are held, receiving pauses. */
const MAX_BYTES_IN_FLIGHT = 8 * 1024 * 1024;

/** What a decided event takes in memory beside its text, about: thousands of small ones may come in one message. */
const BYTES_PER_EVENT = 2_048;

/** Once work is to be given back, statements under way get so long to answer, and deletes as long again to end. */
const LAST_MOMENT_MS = 1_000;

/** SQS gives so many visibility changes to one call. */
const CHANGES_PER_CALL = 10;

/**
 * Events that wait for a lock may fill half of the room. What is beyond goes back to the queue, for a visibility timeout
 * and then for twice as long at each receive, up to 16 times: it must not wander to the dead-letter queue while somebody
 * holds the lock for hours.
 */
const BLOCKED_SHARE = 0.5;
const MAX_POSTPONE_DOUBLINGS = 4;
/** SQS hides a message for at most this long. */
const MAX_VISIBILITY_TIMEOUT_SECONDS = 43_200;

export interface ProcessorSettings {
  readonly polls: number;
  readonly receiveWaitSeconds: number;
  readonly maxInFlight: number;
  readonly visibilityTimeoutSeconds: number;
  readonly maxLeaseSeconds: number;
  readonly batch: BatchLimits;
  readonly storeConnections: number;
  /** What a compressed body may expand to. */
  readonly maxExpandedBytes: number;
  /** Drain by itself once the queue has nothing more. */
  readonly untilEmpty: boolean;
}

export interface ProcessorPorts {
  readonly inbox: Inbox;
  readonly store: Store;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Without it, bodies that are elsewhere are rejected. */
  readonly payloads?: Payloads;
}

/** How a processor is told to end. `drain`: receive no more, finish what is here. `stop`: give back what is not stored yet. */
export interface EndSignals {
  readonly drain: AbortSignal;
  readonly stop: AbortSignal;
}

/**
 * Takes every event off the queue and into the store: receive, decide, batch, store, delete. An SQS message is deleted
 * when all of its events are committed, as messages or as rejections, and in no other case.
 */
export class Processor {
  readonly books = new Books();
  readonly #ports: ProcessorPorts;
  readonly #settings: ProcessorSettings;
  readonly #schemas = new SchemaRegistry();
  readonly mappings = new MappingRegistry();
  /** Of what is received, and of what waits in the line: neither takes the other's time. */
  readonly #turn = new Turn();
  readonly #preparersTurn = new Turn();
  readonly #breaker = new Breaker();
  readonly #room: Room;
  readonly #deliveries: Deliveries;
  readonly #batcher: Batcher;
  readonly #preparer: Preparer;
  readonly #receiver: Receiver;
  readonly #acknowledger: Acknowledger;
  readonly #blocked: Blocked;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  readonly #lastDeletes = new AbortController();
  /** To be made visible again at the end; what is given back before the drain just waits for its timeout. */
  readonly #toRelease: Delivery[] = [];
  #failure: { readonly error: unknown } | undefined;
  #emptyLooks = 0;
  #ended = false;

  constructor(ports: ProcessorPorts, settings: ProcessorSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#room = new Room(settings.maxInFlight, MAX_BYTES_IN_FLIGHT);
    this.#deliveries = new Deliveries({
      visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
      // SQS demands this ending of a FIFO queue, and allows it for no other.
      fifo: ports.inbox.queue.endsWith('.fifo'),
    });
    this.#batcher = new Batcher(settings.batch);
    this.#preparer = new Preparer({
      room: this.#room,
      decide: (message, delivery, before) => this.#decide(message, delivery, this.#preparersTurn, before),
      leave: (delivery) => this.#leaveOnQueue(delivery),
      payloads: ports.payloads,
      log: ports.log,
    });
    this.#receiver = new Receiver({
      ...ports,
      room: this.#room,
      breaker: this.#breaker,
      waitSeconds: settings.receiveWaitSeconds,
      maxPolls: settings.polls,
      take: (messages) => this.#take(messages),
      empty: () => this.#noteEmpty(),
    });
    this.#acknowledger = new Acknowledger({
      ...ports,
      stop: this.#lastDeletes.signal,
      done: (delivery) => this.#leave(delivery),
    });
    const storer = this.#newStorer();
    this.#blocked = new Blocked({
      log: ports.log,
      batchEvents: settings.batch.events,
      maxEvents: settings.maxInFlight * BLOCKED_SHARE,
      maxBytes: MAX_BYTES_IN_FLIGHT * BLOCKED_SHARE,
      retry: (works, apart) => storer.retry(works, apart),
      done: (group) => this.#batcher.goOn(group),
      postpone: (works) => this.#postpone(works),
    });
  }

  /** Whether the last receive was answered and the last statement was not refused for PostgreSQL being away. */
  get health(): { readonly sqs: boolean; readonly postgres: boolean } {
    return { sqs: this.#receiver.reachable, postgres: this.#breaker.problem === undefined };
  }

  /** Why PostgreSQL, being away, refused the last statement for some events that are held; undefined when it took all. */
  get storeProblem(): Error | undefined {
    return this.#breaker.problem;
  }

  /** Deletes that were given up on; their messages come again as duplicates. */
  get deleteFailures(): number {
    return this.#acknowledger.failures;
  }

  /** Events that wait for a lock which another session of PostgreSQL holds; part of those in flight. */
  get blocked(): number {
    return this.#blocked.events;
  }

  /** Age of the oldest message held whose events are not all committed, since SQS took it; 0 when none is held. */
  get oldestHeldSeconds(): number {
    let oldestMs = Date.now();
    for (const { committed, systemAttributes } of this.#deliveries) {
      const sentMs = Number(systemAttributes['SentTimestamp']);
      if (!committed && sentMs > 0 && sentMs < oldestMs) oldestMs = sentMs;
    }
    return Math.max(0, Date.now() - oldestMs) / 1000;
  }

  /** Tries to read what it takes to decide events. Where that fails, `run` goes on trying before it receives anything. */
  prepare(drain: AbortSignal): Promise<void> {
    return readMappings(this.#mappingParts, drain);
  }

  get #decideParts(): DecideParts {
    const { maxExpandedBytes } = this.#settings;
    return { schemas: this.#schemas, mappings: this.mappings, maxExpandedBytes };
  }

  get #mappingParts() {
    const { store, log } = this.#ports;
    return { store, log, mappings: this.mappings, breaker: this.#breaker };
  }

  /** Runs until one of the signals, or until the queue is empty if so set. Rejects on an error that nobody expected. */
  async run(signals: EndSignals): Promise<void> {
    const drain = this.#drain.signal;
    const stop = this.#stop.signal;
    follow(signals.drain, this.#drain);
    follow(signals.stop, this.#drain);
    follow(signals.stop, this.#stop);
    const { inbox, log } = this.#ports;
    const leases = new Leases({ ...this.#settings, inbox, log, deliveries: this.#deliveries });
    const storers = Array.from({ length: this.#settings.storeConnections }, () => this.#storeBatches());
    const keeping = this.#watch(keepMappings(this.#mappingParts, drain));
    const stored = new AbortController();
    const retrying = this.#watch(this.#blocked.run(stored.signal));
    const storing = Promise.all(storers.map((part) => this.#watch(part))).then(() => {
      stored.abort();
      return Promise.all([retrying, keeping]);
    });

    const expanding = this.#watch(this.#preparer.run(drain));
    await this.#watch(loadMappings(this.#mappingParts, drain));
    await this.#watch(this.#receiver.run(drain));
    await expanding;
    this.#batcher.close();
    await Promise.race([storing, momentAfter(stop)]);
    const deleting = this.#acknowledger.flush();
    await Promise.race([deleting, momentAfter(stop)]);
    this.#lastDeletes.abort();
    await deleting;
    await leases.stop();
    await this.#release();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Takes in what a poll brought: decides every event and lines it up for the store. */
  #take(messages: readonly ReceivedMessage[]): void {
    if (messages.length > 0) this.#emptyLooks = 0;
    for (const message of messages) {
      const delivery = this.#deliveries.admit(message);
      if (delivery === undefined) {
        this.#room.giveUp(1);
        continue;
      }
      this.#room.fill(delivery.bytes);
      const { group } = delivery;
      const follows = group !== undefined && this.#preparer.holds(group);
      if (follows || isCompressed(message) || this.#turn.isOver) {
        this.#preparer.add(message, delivery);
        continue;
      }
      const undecided = this.#decide(message, delivery, this.#turn);
      if (undecided !== undefined) this.#preparer.add(message, delivery, undecided);
    }
  }

  /** Decides a message until the turn is over. Decided as a whole, it is lined up for the store, and nothing is returned. */
  #decide(
    message: ReceivedMessage,
    delivery: Delivery,
    turn: Turn,
    before: { readonly fetched?: FetchedPayload | undefined; readonly deciding?: Deciding | undefined } = {},
  ): Undecided | undefined {
    const { inbox, payloads, log } = this.#ports;
    const deciding =
      before.deciding ??
      new Deciding(
        message,
        { queue: inbox.queue, receivedAt: delivery.receivedAt },
        this.#decideParts,
        before.fetched,
      );
    const { events, bytes, elsewhere: pointer, errors } = deciding;
    if (pointer !== undefined && payloads !== undefined) return { kind: 'elsewhere', pointer };
    do deciding.next();
    while (!deciding.isDone && !turn.isOver);
    if (!deciding.isDone) return { kind: 'begun', deciding };
    for (const err of errors)
      log.error({ err }, 'an event could not be decided, for an error of ours; it is kept as a rejection');
    // What came is held on, a compressed body too, in case that it is refused.
    const grown = Math.max(0, bytes - message.body.length) + events.length * BYTES_PER_EVENT;
    delivery.bytes += grown;
    this.#room.grow(grown, delivery.bytes);
    delivery.pending = events.length;
    this.books.received += events.length;
    this.books.inFlight += events.length;
    this.#batcher.add(events.map((event) => workOf(event, delivery, events.length)));
    return undefined;
  }

  async #storeBatches(): Promise<void> {
    const storer = this.#newStorer();
    for (;;) {
      const batch = await this.#batcher.take();
      if (batch.length === 0) return;
      const startedMs = performance.now();
      const behind = batch.filter((work) => this.#blocked.holds(work));
      const works = behind.length === 0 ? batch : batch.filter((work) => !behind.includes(work));
      const waiting = works.length === 0 ? [] : await storer.commit(works);
      this.#blocked.add([...behind, ...waiting]);
      this.#batcher.done(works, waiting);
      this.#ports.telemetry.batchCommitted(batch.length, (performance.now() - startedMs) / 1000);
    }
  }

  #newStorer(): Storer {
    return new Storer({
      ...this.#ports,
      schemas: this.#schemas,
      breaker: this.#breaker,
      queue: this.#ports.inbox.queue,
      drain: this.#drain.signal,
      stop: this.#stop.signal,
      finish: (work, outcome) => this.#finish(work, outcome),
    });
  }

  /** Books the outcome of one event; with the last of its SQS message, the message is ready to be deleted. */
  #finish({ delivery }: Work, outcome: WorkOutcome): void {
    if (this.#ended) return; // an answer after its message was given back: booked as released already
    this.books.inFlight -= 1;
    if (outcome.kind === 'stored') this.books.stored += 1;
    else if (outcome.kind === 'duplicate') this.books.duplicates += 1;
    else if (outcome.kind === 'rejected') this.books.rejectedByReason[outcome.refusal.reason] += 1;
    else this.books.released += 1;
    if (outcome.kind === 'released') this.#giveBack(delivery);
    delivery.pending -= 1;
    if (delivery.pending > 0) return;
    if (delivery.givenBack) return this.#leaveOnQueue(delivery);
    delivery.committed = true;
    const sentMs = Number(delivery.systemAttributes['SentTimestamp']);
    if (sentMs > 0) this.#ports.telemetry.messageCommitted(Math.max(0, Date.now() - sentMs) / 1000);
    this.#acknowledger.add(delivery);
  }

  /** What follows in its message group goes back too: it must not be stored before this is. */
  #giveBack(delivery: Delivery): void {
    delivery.givenBack = true;
    if (delivery.group === undefined) return;
    for (const work of this.#blocked.takeBack(delivery.group)) this.#finish(work, { kind: 'released' });
    for (const work of this.#batcher.takeBack(delivery.group)) this.#finish(work, { kind: 'released' });
    for (const waiting of this.#preparer.takeBack(delivery.group)) this.#leaveOnQueue(waiting);
  }

  /** Gives back for a while: what waits for a lock comes again later, or when its lease runs out. */
  #postpone(works: readonly Work[]): void {
    const deliveries = new Set(works.map(({ delivery }) => delivery));
    for (const work of works) this.#finish(work, { kind: 'released' });
    if (this.#drain.signal.aborted) return; // visible at once at the end, as all that is given back by then
    const { inbox, log } = this.#ports;
    for (const delivery of deliveries) {
      const doublings = Math.min(MAX_POSTPONE_DOUBLINGS, delivery.receiveCount - 1);
      const timeoutSeconds = this.#settings.visibilityTimeoutSeconds * 2 ** doublings;
      const seconds = Math.min(MAX_VISIBILITY_TIMEOUT_SECONDS, timeoutSeconds);
      inbox.changeVisibility([delivery], seconds, this.#drain.signal).then(
        ([failure]) => {
          if (failure?.retryable === false) delivery.leaseUntilMs = Number.NEGATIVE_INFINITY;
        },
        (error: unknown) =>
          log.debug({ err: error }, 'a message could not be postponed; it comes again after its timeout'),
      );
    }
  }

  #leaveOnQueue(delivery: Delivery): void {
    if (this.#drain.signal.aborted) this.#toRelease.push(delivery);
    this.#leave(delivery);
  }

  #leave(delivery: Delivery): void {
    this.#deliveries.remove(delivery);
    this.#room.leave(delivery.bytes);
  }

  /** Makes visible at once what was received and not stored. */
  async #release(): Promise<void> {
    this.#ended = true;
    for (const delivery of this.#deliveries) {
      if (delivery.committed) continue;
      this.books.released += delivery.pending;
      this.books.inFlight -= delivery.pending;
      this.#toRelease.push(delivery);
    }
    const patience = AbortSignal.timeout(LAST_MOMENT_MS);
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < this.#toRelease.length; i += CHANGES_PER_CALL) {
      const receipts = this.#toRelease.slice(i, i + CHANGES_PER_CALL);
      calls.push(this.#ports.inbox.changeVisibility(receipts, 0, patience));
    }
    const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected').length;
    if (refused > 0) {
      this.#ports.log.warn(
        { calls: refused },
        'some messages could not be released; they come after their timeout',
      );
    }
  }

  #noteEmpty(): void {
    if (!this.#settings.untilEmpty || this.#deliveries.size > 0) return;
    void this.#watch(this.#lookWhetherEmpty());
  }

  // SQS counts are approximate: two looks must agree, each after an empty long poll.
  async #lookWhetherEmpty(): Promise<void> {
    try {
      const remaining = await this.#ports.inbox.remaining(this.#stop.signal);
      this.#emptyLooks = remaining === 0 ? this.#emptyLooks + 1 : 0;
      if (this.#emptyLooks >= 2 && this.#deliveries.size === 0) this.#drain.abort();
    } catch (error) {
      this.#ports.log.warn({ err: error }, 'the queue could not be asked what it still holds; asking again');
    }
  }

  /** An error nobody expected ends the processor, loudly; what it holds is given back. */
  async #watch(part: Promise<void>): Promise<void> {
    try {
      await part;
    } catch (error) {
      this.#failure ??= { error };
      this.#drain.abort();
      this.#stop.abort();
    }
  }
}

function follow(signal: AbortSignal, controller: AbortController): void {
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort(), { once: true });
}

function workOf(event: DecidedEvent, delivery: Delivery, siblings: number): Work {
  const { decision } = event;
  const bytes =
    decision.kind === 'storable'
      ? decision.storable.event.payload.length
      : Math.ceil(delivery.bytes / siblings);
  return { index: event.index, text: event.text, decision, delivery, bytes };
}

/** Resolves a last moment after the signal aborts. */
function momentAfter(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const start = () => setTimeout(resolve, LAST_MOMENT_MS);
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
}

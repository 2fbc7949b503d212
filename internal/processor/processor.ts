import { isCompressed } from '../event/body/content-encoding.ts';
import type { Work } from './batcher.ts';
import { Books } from './books.ts';
import { Deciding } from './decide.ts';
import type { FoundBefore, Undecided } from './undecided.ts';
import type { HeldMessage } from './held.ts';
import { MappingRegistry, readMappings } from './mappings.ts';
import type { FinalOutcome } from './outcome.ts';
import { type Parts, wire } from './parts.ts';
import type { ReceivedMessage } from './ports.ts';
import { runParts } from './running.ts';
import type { ProcessorPorts, ProcessorSettings } from './settings.ts';
import type { EndSignals } from './shutdown.ts';
import { BYTES_PER_EVENT, sizeOfEvent } from './sizes.ts';
import { Turn } from './turn.ts';

/**
 * Takes every event off the queue and into the store. From `#admit` on, the methods stand in the order of an event's way:
 * admit, expand, decide, line up, store, settle, delete. An SQS message is deleted when all of its events are committed, as
 * messages or as rejections, and in no other case.
 */
export class Processor {
  readonly books = new Books();
  readonly mappings = new MappingRegistry();
  readonly #ports: ProcessorPorts;
  readonly #settings: ProcessorSettings;
  readonly #parts: Parts;
  /** One for what is received, one for what waits in the expander's line: neither takes the other's time. */
  readonly #turns = { received: new Turn(), expanded: new Turn() };
  #ended = false;

  constructor(ports: ProcessorPorts, settings: ProcessorSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#parts = wire(ports, settings, this.mappings, {
      admit: (messages) => this.#admit(messages),
      decideInTurn: (message, held, before) => this.#decide(message, held, this.#turns.expanded, before),
      settle: (work, outcome) => this.#settle(work, outcome),
    });
  }

  /** Whether the last receive was answered, and whether no statement failed since the last that was answered. */
  get health(): { readonly sqs: boolean; readonly postgres: boolean } {
    return { sqs: this.#parts.receiver.problem === undefined, postgres: this.storeProblem === undefined };
  }

  /** Why PostgreSQL refused the last statement with some of the events held, or does not give the mappings; undefined when neither. */
  get storeProblem(): Error | undefined {
    return this.#parts.gate.problem ?? this.mappings.problem;
  }

  /** Why the last receive failed; undefined when it was answered. */
  get queueProblem(): Error | undefined {
    return this.#parts.receiver.problem;
  }

  /** Deletes that were given up; SQS redelivers their messages, whose events are then duplicates. */
  get deleteFailures(): number {
    return this.#parts.acknowledger.failures;
  }

  /** Events that wait for a lock which another session of PostgreSQL holds; part of those in flight. */
  get blocked(): number {
    return this.#parts.blocked.events;
  }

  /** Age of the oldest message held whose events are not all committed, since SQS took it; 0 when none is held. */
  get oldestHeldSeconds(): number {
    return this.#parts.holdings.oldestSeconds;
  }

  /** Tries to read what it takes to decide events. Where that fails, `run` goes on trying before it receives anything. */
  prepare(drain: AbortSignal): Promise<void> {
    return readMappings(this.#parts.reading, drain);
  }

  /** Runs until one of the signals, or until the queue is empty if so set. Rejects on an unexpected error. */
  async run(signals: EndSignals): Promise<void> {
    const { shutdown, returns } = this.#parts;
    shutdown.follow(signals);
    await runParts(this.#parts, this.#ports, this.#settings, () => this.#store());
    this.#ended = true;
    this.books.release(await returns.release());
    shutdown.throwFailure();
  }

  /** Takes in what a poll brought. */
  #admit(messages: readonly ReceivedMessage[]): void {
    const { holdings, expander, untilEmpty } = this.#parts;
    if (messages.length > 0) untilEmpty.received();
    for (const message of messages) {
      const held = holdings.admit(message);
      if (held === undefined) continue;
      const follows = held.group !== undefined && expander.holds(held.group);
      if (follows || isCompressed(message) || this.#turns.received.isOver) this.#expand(message, held);
      else this.#expand(message, held, this.#decide(message, held, this.#turns.received));
    }
  }

  /** Lines up what cannot be decided as it came, or not at once; `#decide` gets it again when its turn has come. */
  #expand(message: ReceivedMessage, held: HeldMessage, undecided?: Undecided): void {
    if (held.state === 'undecided') this.#parts.expander.add(message, held, undecided);
  }

  /** Decides the events of a message until the turn is over. Returns how far it has come; undefined when it is decided. */
  #decide(
    message: ReceivedMessage,
    held: HeldMessage,
    turn: Turn,
    before?: FoundBefore,
  ): Undecided | undefined {
    const { inbox, payloads, log } = this.#ports;
    const { maxExpandedBytes } = this.#settings;
    const receiving = { queue: inbox.queue, receivedAt: held.receivedAt };
    const known = { schemas: this.#parts.schemas, mappings: this.mappings, maxExpandedBytes };
    const deciding = before?.deciding ?? new Deciding(message, receiving, known, before?.fetched);
    const pointer = deciding.elsewhere;
    if (pointer !== undefined && payloads !== undefined) return { kind: 'elsewhere', pointer };
    do deciding.next();
    while (!deciding.isDone && !turn.isOver);
    if (!deciding.isDone) return { kind: 'begun', deciding };
    for (const err of deciding.errors)
      log.error(
        { err },
        'an event could not be decided, because of an error in this program; it is kept as a rejection',
      );
    this.#lineUp(message, held, deciding);
    return undefined;
  }

  /** All events of a message are decided: they line up for the store. */
  #lineUp({ body }: ReceivedMessage, held: HeldMessage, { events, bytes }: Deciding): void {
    const { holdings, batcher } = this.#parts;
    const share = Math.ceil(Math.max(bytes, body.length) / events.length) + held.attributeBytes;
    let inStatements = 0;
    const works = events.map(({ index, text, decision }): Work => {
      const size = sizeOfEvent(decision, share);
      inStatements += size;
      return { index, text, decision, held, bytes: size };
    });
    // The original body is kept, compressed or not, in case an event is refused.
    const decided = Math.max(bytes + held.attributeBytes, inStatements);
    holdings.grow(held, Math.max(0, decided - held.bytes) + events.length * BYTES_PER_EVENT);
    held.decided(events.length);
    this.books.take(events.length);
    batcher.add(works);
  }

  /** Stores batches until there are no more; one such loop for each connection. */
  async #store(): Promise<void> {
    const { batcher, blocked, newStorer } = this.#parts;
    const storer = newStorer();
    for (;;) {
      const batch = await batcher.take();
      if (batch.length === 0) return;
      const startedMs = performance.now();
      const behind = batch.filter((work) => blocked.holds(work));
      const works = behind.length === 0 ? batch : batch.filter((work) => !behind.includes(work));
      const waiting = works.length === 0 ? [] : await storer.commit(works, blocked.events > 0);
      blocked.join(behind);
      blocked.add(waiting);
      batcher.done(
        works,
        waiting.map(({ work }) => work),
      );
      this.#ports.telemetry.batchCommitted(batch.length, (performance.now() - startedMs) / 1000);
    }
  }

  /** Books the outcome of one event. With its last event, the message is deleted, or goes back to the queue. */
  #settle({ held }: Work, outcome: FinalOutcome): void {
    if (this.#ended) return; // an answer after its message was given back: booked as released already
    this.books.settle(outcome);
    if (outcome.kind === 'released') this.#parts.returns.giveBack(held);
    held.settle();
    if (held.pending > 0) return;
    if (held.state === 'returning') this.#parts.returns.leave(held);
    else this.#delete(held);
  }

  #delete(held: HeldMessage): void {
    if (held.sentAtMs !== undefined)
      this.#ports.telemetry.messageCommitted(Math.max(0, Date.now() - held.sentAtMs) / 1000);
    this.#parts.acknowledger.add(held);
  }
}

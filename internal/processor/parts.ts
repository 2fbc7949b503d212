import { Gate } from '../waiting/gate.ts';
import { Acknowledger } from './acknowledger.ts';
import { Batcher, type Work } from './batcher.ts';
import { Blocked } from './blocked.ts';
import { Expander } from './expander.ts';
import type { FoundBefore, Undecided } from './undecided.ts';
import type { HeldMessage } from './held.ts';
import { Holdings } from './holdings.ts';
import type { MappingParts, MappingRegistry } from './mappings.ts';
import type { FinalOutcome } from './outcome.ts';
import type { ReceivedMessage } from './ports.ts';
import { Receiver } from './receiver.ts';
import { Returns } from './returns.ts';
import { Room } from './room.ts';
import { SchemaRegistry } from './schemas.ts';
import type { ProcessorPorts, ProcessorSettings } from './settings.ts';
import { Shutdown } from './shutdown.ts';
import { Storer } from './storer.ts';
import { UntilEmpty } from './until-empty.ts';

/** Receiving pauses once this many bytes are held, however few the messages. */
const MAX_BYTES_IN_FLIGHT = 8 * 1024 * 1024;

/** Events that wait for a lock may fill this share of the room, and so may messages that take long to decide. */
const SHARE = 0.5;

/** The steps of an event's way that parts call. */
export interface Way {
  admit(messages: readonly ReceivedMessage[]): void;
  decideInTurn(message: ReceivedMessage, held: HeldMessage, before: FoundBefore): Undecided | undefined;
  settle(work: Work, outcome: FinalOutcome): void;
}

/** The parts of a processor, wired. */
export interface Parts {
  readonly gate: Gate;
  readonly shutdown: Shutdown;
  readonly schemas: SchemaRegistry;
  readonly holdings: Holdings;
  readonly receiver: Receiver;
  readonly expander: Expander;
  readonly batcher: Batcher;
  readonly blocked: Blocked;
  readonly acknowledger: Acknowledger;
  readonly returns: Returns;
  readonly untilEmpty: UntilEmpty;
  /** Parts that read the mappings. */
  readonly reading: MappingParts;
  /** Aborts the deletes that are still under way at the end. */
  readonly lastDeletes: AbortController;
  readonly newStorer: () => Storer;
}

export function wire(
  ports: ProcessorPorts,
  settings: ProcessorSettings,
  mappings: MappingRegistry,
  way: Way,
): Parts {
  const gate = new Gate();
  const shutdown = new Shutdown();
  const schemas = new SchemaRegistry();
  const lastDeletes = new AbortController();
  const room = new Room(settings.maxInFlight, MAX_BYTES_IN_FLIGHT);
  const holdings = new Holdings(room, settings.visibilityTimeoutSeconds);
  const batcher = new Batcher(settings.batch);
  const { drain } = shutdown;
  const { inbox, log } = ports;
  const settle = (work: Work, outcome: FinalOutcome) => way.settle(work, outcome);
  const newStorer = () =>
    new Storer({ ...ports, schemas, gate, queue: inbox.queue, drain, stop: shutdown.stop, settle });
  const untilEmpty = new UntilEmpty({
    ...ports,
    holdsNothing: () => holdings.size === 0,
    done: () => shutdown.beginDrain(),
  });
  const receiver = new Receiver({
    ...ports,
    room,
    gate,
    waitSeconds: settings.receiveWaitSeconds,
    maxPolls: settings.polls,
    take: (messages) => way.admit(messages),
    empty: () => {
      if (settings.untilEmpty) void shutdown.watch(untilEmpty.look(shutdown.stop));
    },
  });
  const expander = new Expander({
    room,
    payloads: ports.payloads,
    log,
    decide: (message, held, before) => way.decideInTurn(message, held, before),
    leave: (held) => returns.leave(held),
    maxSlowBytes: MAX_BYTES_IN_FLIGHT * SHARE,
    postpone: (held) => returns.postponeUndecided(held),
  });
  const blocking = newStorer();
  const blocked = new Blocked({
    log,
    batchEvents: settings.batch.events,
    maxEvents: settings.maxInFlight * SHARE,
    maxBytes: MAX_BYTES_IN_FLIGHT * SHARE,
    retry: (works, apart) => blocking.retry(works, apart),
    done: (group) => batcher.goOn(group),
    postpone: (works) => returns.postpone(works),
  });
  const returns: Returns = new Returns({
    ...ports,
    holdings,
    drain,
    visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
    takeFollowers: (group) => ({
      works: [...blocked.takeBack(group), ...batcher.takeBack(group)],
      undecided: expander.takeBack(group),
    }),
    settle,
  });
  const acknowledger = new Acknowledger({
    ...ports,
    stop: lastDeletes.signal,
    done: (held) => holdings.leave(held),
  });
  const reading = { store: ports.store, log, mappings, gate };
  return {
    gate,
    shutdown,
    schemas,
    holdings,
    receiver,
    expander,
    batcher,
    blocked,
    acknowledger,
    returns,
    untilEmpty,
    reading,
    lastDeletes,
    newStorer,
  };
}

import { wantedTypes } from '../../../sender/event-types.ts';
import type { Endpoint, Position } from '../../../sender/ports.ts';
import { clientOf, type Deliveries, type Stored } from './deliveries.ts';
import type { Receiver } from './scenario.ts';

/** Reports the violation of a rule. */
export type Fail = (words: string) => void;

/** What the simulation knows of an endpoint that was added. */
export class Tracked {
  readonly number: number;
  readonly client: string;
  readonly receiver: Receiver;
  readonly addedAtMs: number;
  /** Messages of earlier transactions need not be delivered, unless it is the first endpoint of its client. */
  readonly since: Position;
  readonly isFirst: boolean;
  isRemoved = false;
  /** Its state was changed by an operator at this time. */
  changedAtMs = 0;
  mostConcurrency: number;
  readonly ordered: boolean;
  readonly ratePerSecond: number | null;
  readonly timeoutMs: number;
  readonly retries: number;
  /** What it wants and has wanted. */
  readonly #wants: ((type: string) => boolean)[] = [];
  /** How many replays asked for each message. */
  readonly replays = new Map<string, number>();
  /** How often the receiver has processed each message. */
  readonly received = new Map<string, number>();
  /** The message furthest in the lane that the receiver has processed. */
  furthest: Stored | undefined;

  constructor(endpoint: Endpoint, isFirst: boolean, receiver: Receiver, since: Position, addedAtMs: number) {
    this.number = endpoint.number;
    this.client = clientOf(endpoint);
    this.receiver = receiver;
    this.since = since;
    this.isFirst = isFirst;
    this.addedAtMs = addedAtMs;
    this.ordered = endpoint.ordered;
    this.ratePerSecond = endpoint.ratePerSecond;
    this.timeoutMs = endpoint.timeoutSeconds * 1000;
    this.retries = endpoint.retrySeconds.length;
    this.mostConcurrency = endpoint.ordered ? 1 : endpoint.concurrency;
    this.setTypes(endpoint.eventTypes);
  }

  setTypes(eventTypes: readonly string[] | null): void {
    this.#wants.push(wantedTypes(eventTypes));
  }

  alwaysWants(type: string): boolean {
    return this.#wants.every((wants) => wants(type));
  }

  everWanted(type: string): boolean {
    return this.#wants.some((wants) => wants(type));
  }

  /** Whether it must get the message. */
  isOwed({ message, xid, committedAtMs }: Stored): boolean {
    if (this.isRemoved || clientOf(message) !== this.client || committedAtMs < this.addedAtMs) return false;
    return (xid >= this.since || this.isFirst) && this.alwaysWants(message.eventType);
  }
}

/** Whether the one comes before the other in the lane. */
export function isBefore(a: Stored, b: Stored): boolean {
  return a.xid === b.xid ? a.message.id < b.message.id : a.xid < b.xid;
}

/** Why the work is not done; undefined when it is. */
export function unmet(tracked: Iterable<Tracked>, database: Deliveries): string | undefined {
  for (const each of tracked) {
    if (each.isRemoved) continue;
    if (database.endpointRows.get(each.number)?.state !== 'active') continue;
    for (const stored of database.stored) {
      const { id } = stored.message;
      if (!each.isOwed(stored) || each.received.has(id)) continue;
      if (!database.deadRows.has(`${each.number}/0/${id}`))
        return `endpoint ${each.number} has not got the message ${nameOf(stored)}`;
    }
    for (const { endpoint, unit, messageId } of database.retryRows.values())
      if (endpoint === each.number)
        return `a retry of ${messageId} (unit ${unit}) at endpoint ${endpoint} is left`;
  }
  return undefined;
}

export function nameOf({ message, xid }: Stored): string {
  return `${xid}:${message.eventId}`;
}

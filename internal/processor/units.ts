import type { EventClaims } from '../event/event.ts';
import type { Work } from './batcher.ts';
import type { Unit } from './store-apart.ts';

/** Names that an event shares with others that may wait for the same lock. */
export interface WorkNames {
  /** Names the events that are set aside together: a message group, or a client's events of one type. */
  readonly unit: string;
  readonly client: string;
  readonly eventType: string;
}

const SEPARATOR = '\u0000'; // no name holds it

export function namesOf({ decision, held }: Work): WorkNames {
  return namesOfEvent(decision.kind === 'storable' ? decision.storable.event : decision.claims, held.group);
}

export function namesOfEvent(event: EventClaims, group?: string): WorkNames {
  const { tenantId = '', clientId = '', eventType = '' } = event;
  const client = tenantId + SEPARATOR + clientId;
  return {
    unit: group ?? client + SEPARATOR + eventType,
    client,
    eventType: tenantId + SEPARATOR + eventType,
  };
}

/** The units of a batch, in the order of their first events. A message group has the client and type of its first event. */
export function unitsOf(names: readonly WorkNames[]): Unit[] {
  const units = new Map<string, { positions: number[]; client: string; eventType: string }>();
  for (const [position, { unit, client, eventType }] of names.entries()) {
    const known = units.get(unit);
    if (known === undefined) units.set(unit, { positions: [position], client, eventType });
    else known.positions.push(position);
  }
  return [...units.values()];
}

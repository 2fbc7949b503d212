import type { Work } from './batcher.ts';
import type { Unit } from './store-apart.ts';

/** What an event has in common with others that may wait for the same lock. */
export interface WorkNames {
  /** Of the events that are set aside together: a message group, or a client's events of one type. */
  readonly unit: string;
  readonly client: string;
  readonly eventType: string;
}

const SEPARATOR = '\u0000'; // no name holds it

export function namesOf({ decision, delivery }: Work): WorkNames {
  const {
    tenantId = '',
    clientId = '',
    eventType = '',
  } = decision.kind === 'storable' ? decision.storable.event : decision.claims;
  const client = tenantId + SEPARATOR + clientId;
  return {
    unit: delivery.group ?? client + SEPARATOR + eventType,
    client,
    eventType: tenantId + SEPARATOR + eventType,
  };
}

/** The units of a batch, in the order of their first events. A message group has the client and type of its first event. */
export function unitsOf(works: readonly Work[]): Unit[] {
  const units = new Map<string, { positions: number[]; client: string; eventType: string }>();
  for (const [position, work] of works.entries()) {
    const { unit, client, eventType } = namesOf(work);
    const known = units.get(unit);
    if (known === undefined) units.set(unit, { positions: [position], client, eventType });
    else known.positions.push(position);
  }
  return [...units.values()];
}

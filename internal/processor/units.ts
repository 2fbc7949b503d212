import type { EventClaims } from '../event/event.ts';
import type { Work } from './batcher.ts';
import type { AwaitedLock } from './ports.ts';

/** Names that an event shares with others that may wait for the same lock. No two of different kinds are equal. */
export interface WorkNames {
  readonly tenant: string;
  /** Names the row of the registry. */
  readonly client: string;
  readonly eventType: string;
  /** Names the events that are set aside together: a message group, or a client's events of one type. */
  readonly unit: string;
}

/** Events of a batch that are set aside together, in their order. */
export interface Unit {
  /** Positions in the batch, ascending. */
  readonly positions: readonly number[];
  /** Names of its first event. */
  readonly names: WorkNames;
  /** Names of all rows of the registry that its events refer to. */
  readonly rows: ReadonlySet<string>;
}

const SEPARATOR = '\u0000'; // no name holds it

export function namesOf({ decision, held }: Work): WorkNames {
  return namesOfEvent(decision.kind === 'storable' ? decision.storable.event : decision.claims, held.group);
}

export function namesOfEvent(event: EventClaims, group?: string): WorkNames {
  const { tenantId = '', clientId = '', eventType = '' } = event;
  const ofUnit = `unit${SEPARATOR}${tenantId}${SEPARATOR}${clientId}${SEPARATOR}${eventType}`;
  return {
    tenant: tenantId,
    client: rowName('client', tenantId, clientId),
    eventType: rowName('event_type', tenantId, eventType),
    unit: group === undefined ? ofUnit : groupName(group),
  };
}

export function groupName(group: string): string {
  return `group${SEPARATOR}${group}`;
}

/** The name of the row whose lock is waited for; undefined where the row is not known. */
export function lockName(awaits: AwaitedLock | undefined): string | undefined {
  const { table, row } = awaits ?? {};
  return table === undefined || row === undefined ? undefined : rowName(table, row.tenantId, row.name);
}

function rowName(table: AwaitedLock['table'], tenantId: string, name: string): string {
  return table + SEPARATOR + tenantId + SEPARATOR + name;
}

/** The units of a batch, in the order of their first events. */
export function unitsOf(names: readonly WorkNames[]): Unit[] {
  const units = new Map<string, { positions: number[]; names: WorkNames; rows: Set<string> }>();
  for (const [position, each] of names.entries()) {
    const unit = units.get(each.unit) ?? { positions: [], names: each, rows: new Set() };
    unit.positions.push(position);
    unit.rows.add(each.client).add(each.eventType);
    units.set(each.unit, unit);
  }
  return [...units.values()];
}

import type { MappingDefinition } from '../../event/mapping/mapping.ts';
import type { EventClaims } from '../../event/event.ts';
import type { RejectionRecord, StorableEvent, Store } from '../../processor/ports.ts';

/** A rejection as the store keeps it. */
export interface KeptRejection
  extends Pick<
    RejectionRecord,
    'queue' | 'sqsMessageId' | 'eventIndex' | 'reason' | 'detail' | 'body' | 'receiveCount'
  > {
  readonly id: string;
  readonly state: string;
  readonly names: Pick<EventClaims, 'tenantId' | 'clientId' | 'eventType'>;
}

/** Reduces a rejection to the fields that suites compare. */
export function keptRejection(
  rejection: RejectionRecord & { readonly id: string; readonly state: string },
): KeptRejection {
  const { id, state, queue, sqsMessageId, eventIndex, reason, detail, body, receiveCount } = rejection;
  const { tenantId, clientId, eventType } = rejection.claims;
  const names = {
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(clientId === undefined ? {} : { clientId }),
    ...(eventType === undefined ? {} : { eventType }),
  };
  return { id, state, queue, sqsMessageId, eventIndex, reason, detail, body, receiveCount, names };
}

/**
 * A store for its contract suite, with access to data outside the port. The tenant `default` has the clients
 * `client-1` and `client-3` and the event types `user-app` and `monitor-app`, without schemas. Nothing else
 * is registered or stored.
 */
export interface StoreRig extends AsyncDisposable {
  readonly store: Store;
  addTenant(id: string): Promise<void>;
  addClient(tenantId: string, id: string): Promise<void>;
  /** Registers the event type, or changes its schema. The schema is JSON text. */
  setEventType(tenantId: string, name: string, schema: string | null): Promise<void>;
  addMapping(mapping: MappingDefinition): Promise<void>;
  /** An event that passes every check before the store and has a value that the store refuses. */
  badRow(eventId: string): StorableEvent;
  /** Ids of the stored messages. */
  messageIds(): Promise<string[]>;
  /** All rejections, in any order. */
  rejections(): Promise<KeptRejection[]>;
}

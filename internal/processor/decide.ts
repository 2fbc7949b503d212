import { decodeMessage, type Encoded } from '../event/decode-message.ts';
import type { Decoded } from '../event/decoded.ts';
import type { EventClaims } from '../event/event.ts';
import { eventKey } from '../event/identity.ts';
import type { PayloadPointer } from '../event/payload-pointer.ts';
import type { Refusal } from '../event/rejection.ts';
import type { StorableEvent } from '../event/storing.ts';
import { mintUuid7 } from '../event/uuid7.ts';
import type { MappingRegistry } from './mappings.ts';
import type { FetchedPayload } from './ports.ts';
import type { SchemaRegistry } from './schemas.ts';

/** What can be decided without the database: the event is fit to be stored, or it is refused. */
export type Decision =
  | { readonly kind: 'storable'; readonly storable: StorableEvent }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

/** One event of an SQS message with its decision. */
export interface DecidedEvent {
  readonly index: number | null;
  readonly text: () => string;
  readonly decision: Decision;
}

/** An SQS message with each of its events decided. */
export interface DecidedMessage {
  /** Never empty. */
  readonly events: DecidedEvent[];
  /** Of the body, expanded. */
  readonly bytes: number;
  /** Where its body is, if it may be fetched to decide it by; the decision is that of who does not. */
  readonly elsewhere?: PayloadPointer;
}

export interface DecideParts {
  readonly schemas: SchemaRegistry;
  readonly mappings: MappingRegistry;
  readonly maxExpandedBytes: number;
}

/** Where and when a message was received. */
export interface Receiving {
  readonly queue: string;
  readonly receivedAt: Date;
}

/** Decodes an SQS message, with the body that was fetched for it, and decides each event in it. Never throws. */
export function decide(
  message: Encoded,
  { queue, receivedAt }: Receiving,
  { schemas, mappings, maxExpandedBytes }: DecideParts,
  fetched?: FetchedPayload,
): DecidedMessage {
  const { body } = message;
  if (fetched?.kind === 'refused') {
    const decision = { kind: 'refused', refusal: fetched.refusal, claims: {} } as const;
    return { events: [{ index: null, text: () => body, decision }], bytes: body.length };
  }
  const decoding = { queue, mappings: mappings.current, maxExpandedBytes };
  const { events, bytes } = decodeMessage(message, decoding, fetched?.text);
  const decided = events.map((decoded) => ({
    index: decoded.index,
    text: decoded.text,
    decision: decideDecoded(decoded, receivedAt, schemas),
  }));
  const elsewhere = fetched === undefined ? events[0]?.elsewhere : undefined;
  return elsewhere === undefined ? { events: decided, bytes } : { events: decided, bytes, elsewhere };
}

export function decideDecoded(decoded: Decoded, receivedAt: Date, schemas: SchemaRegistry): Decision {
  if (decoded.kind === 'refused') return decoded;
  const { event, fingerprint } = decoded;
  return checkSchema(
    {
      messageId: mintUuid7(),
      event,
      key: eventKey(event),
      fingerprint,
      schemaVersion: '0',
      receivedAt,
    },
    schemas,
  );
}

/** Checks the payload against the schema that is known now; done again when the registry has another. */
export function checkSchema(storable: StorableEvent, schemas: SchemaRegistry): Decision {
  const { version, violation } = schemas.check(storable.event);
  if (violation !== null) {
    return {
      kind: 'refused',
      refusal: { reason: 'schema_violation', detail: violation },
      claims: claimsOf(storable),
    };
  }
  const checked = version === storable.schemaVersion ? storable : { ...storable, schemaVersion: version };
  return { kind: 'storable', storable: checked };
}

/** The identifying fields of an event, for its rejection. */
export function claimsOf({ event }: StorableEvent): EventClaims {
  return {
    tenantId: event.tenantId,
    clientId: event.clientId,
    eventType: event.eventType,
    source: event.source,
    eventId: event.eventId,
  };
}

import { decodeInSteps, type DecodingMessage, type Encoded } from '../event/body/decode-message.ts';
import { type Decoded, refused } from '../event/body/decoded.ts';
import { malformed } from '../event/body/envelope.ts';
import { tooFarAhead } from '../event/deliver-after.ts';
import type { EventClaims } from '../event/event.ts';
import { eventKey } from '../event/identity.ts';
import type { PayloadPointer } from '../event/body/payload-pointer.ts';
import { MalformedError } from '../event/json/unread.ts';
import type { Refusal } from '../event/rejection.ts';
import type { FetchedPayload, StorableEvent } from './ports.ts';
import { mintUuid7 } from '../event/uuid7.ts';
import type { MappingRegistry } from './mappings.ts';
import type { SchemaRegistry } from './schemas.ts';

/** The decision on an event, made without the database: it can be stored, or it is refused. */
export type Decision =
  | { readonly kind: 'storable'; readonly storable: StorableEvent }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly claims: EventClaims };

/** One event of an SQS message with its decision. */
export interface DecidedEvent {
  readonly index: number | null;
  readonly text: () => string;
  readonly decision: Decision;
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

/**
 * Decides the events of an SQS message one after the other, so that many of them can take several turns of the event loop:
 * an event of an array is decoded, fingerprinted and checked when its turn has come, and not before.
 * Nothing throws: an unexpected error becomes the refusal of its event, or of the whole message.
 */
export class Deciding {
  /** The events that are decided so far; at least one once all are. Until then they may still turn out to count for nothing. */
  readonly events: DecidedEvent[] = [];
  /** Bytes of the body, expanded. */
  readonly bytes: number;
  /** Where the body is, when it is elsewhere. If the caller does not fetch it but goes on, the decision is a refusal. */
  readonly elsewhere: PayloadPointer | undefined;
  /** Unexpected errors, for the log. */
  readonly errors: unknown[] = [];
  readonly #body: string;
  /** Events that are decoded at once; else they are decoded when they are asked for. */
  readonly #decoded: readonly (Decoded | undefined)[] | undefined;
  readonly #steps: Iterator<Decoded | undefined> | undefined;
  readonly #receivedAt: Date;
  readonly #schemas: SchemaRegistry;
  #isDone = false;

  /** @param fetched the body, where an earlier look found that it is elsewhere */
  constructor(
    message: Encoded,
    { queue, receivedAt }: Receiving,
    { schemas, mappings, maxExpandedBytes }: DecideParts,
    fetched?: FetchedPayload,
  ) {
    const { body } = message;
    this.#body = body;
    this.#receivedAt = receivedAt;
    this.#schemas = schemas;
    let decoding: DecodingMessage;
    if (fetched?.kind === 'refused') {
      const { reason, detail } = fetched.refusal;
      decoding = { events: [refused(reason, detail, () => body)], bytes: body.length };
    } else {
      try {
        decoding = decodeInSteps(
          message,
          { queue, mappings: mappings.current, maxExpandedBytes },
          fetched?.text,
        );
      } catch (error) {
        decoding = { events: [this.#ourFault(error)], bytes: body.length };
      }
    }
    const { events, bytes } = decoding;
    this.bytes = bytes;
    this.#decoded = Array.isArray(events) ? events : undefined;
    this.#steps = this.#decoded === undefined ? events[Symbol.iterator]() : undefined;
    this.elsewhere = fetched === undefined ? this.#decoded?.[0]?.elsewhere : undefined;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes a step, which decides an event as a rule. One step decodes at most one event, with a limit to what it holds, or
   * looks for events in the whole body.
   */
  next(): void {
    if (this.#steps === undefined) {
      const decoded = this.#decoded as readonly Decoded[];
      this.#push(decoded[this.events.length] as Decoded);
      this.#isDone = this.events.length === decoded.length;
      return;
    }
    try {
      const { done = false, value: decoded } = this.#steps.next();
      if (decoded !== undefined) this.#push(decoded as Decoded);
      this.#isDone = done;
    } catch (error) {
      // The body is no array of events after all.
      const whole =
        error instanceof MalformedError ? malformed(error, () => this.#body) : this.#ourFault(error);
      this.events.length = 0;
      this.#push(whole);
      this.#isDone = true;
    }
  }

  #push(decoded: Decoded): void {
    const { index, text } = decoded;
    this.events.push({ index, text: textOr(text, this.#body), decision: this.#decide(decoded) });
  }

  #ourFault(error: unknown): Decoded {
    this.errors.push(error);
    return refused('unstorable', ourFault(error), () => this.#body);
  }

  #decide(decoded: Decoded): Decision {
    try {
      return decideDecoded(decoded, this.#receivedAt, this.#schemas);
    } catch (error) {
      this.errors.push(error);
      return { kind: 'refused', refusal: { reason: 'unstorable', detail: ourFault(error) }, claims: {} };
    }
  }
}

/**
 * The text to be kept of an event; the whole body if there is an error in this program. A function of its own, because a
 * closure over a `Deciding` would hold all that was parsed of the body for as long as the event is held.
 */
function textOr(text: () => string, body: string): () => string {
  return () => {
    try {
      return text();
    } catch {
      return body;
    }
  };
}

function ourFault(error: unknown): string {
  return `it could not be decided, because of an error in this program: ${error instanceof Error ? error.message : String(error)}`;
}

/** Decides all of a message at once. */
export function decide(
  message: Encoded,
  receiving: Receiving,
  parts: DecideParts,
  fetched?: FetchedPayload,
): Deciding {
  const deciding = new Deciding(message, receiving, parts, fetched);
  while (!deciding.isDone) deciding.next();
  return deciding;
}

export function decideDecoded(decoded: Decoded, receivedAt: Date, schemas: SchemaRegistry): Decision {
  if (decoded.kind === 'refused') return decoded;
  const { event, fingerprint } = decoded;
  // By the clock and not by receivedAt: a rejection that is replayed keeps the time when it was received first.
  const tooFar = event.deliverAfter === null ? null : tooFarAhead(event.deliverAfter, Date.now());
  if (tooFar !== null)
    return {
      kind: 'refused',
      refusal: { reason: 'invalid_envelope', detail: tooFar },
      claims: claimsOf(decoded),
    };
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

/** Checks the payload against the schema that is known; repeated when the registry turns out to have another. */
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
export function claimsOf({ event }: Pick<StorableEvent, 'event'>): EventClaims {
  return {
    tenantId: event.tenantId,
    clientId: event.clientId,
    eventType: event.eventType,
    source: event.source,
    eventId: event.eventId,
  };
}

import { isDeepStrictEqual } from 'node:util';
import type { Content, Sent } from './oracle.ts';
import { reasonOf } from './oracle.ts';

export interface MessageRow extends Content {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
}

export interface RejectionRow {
  readonly tenant: string | null;
  readonly id: string | null;
  readonly sqsMessageId: string;
  readonly index: number | null;
  readonly reason: string;
  readonly state: string;
  readonly body: string;
}

/** What was sent, and the rows in PostgreSQL after the drain. */
export interface Evidence {
  readonly sent: readonly Sent[];
  readonly messages: readonly MessageRow[];
  readonly rejections: readonly RejectionRow[];
  /** Tenants that were not registered throughout; their events may have been rejected for it and replayed. */
  readonly lateTenants: ReadonlySet<string>;
}

/** A broken promise, and the event that shows it. */
export interface Violation {
  readonly promise:
    | 'no event is lost'
    | 'none is stored twice'
    | 'nothing is made up'
    | 'values stay as they are'
    | 'bad events become rejections'
    | 'good events are not rejected'
    | 'the books are right'
    | 'resources are bounded'
    | 'it recovers by itself'
    | 'tenants do not hurt each other'
    | 'every message reaches every endpoint that wants it'
    | 'none is delivered twice without a cause'
    | 'never two at once for one message'
    | 'signatures and bytes are right'
    | 'facts equal requests'
    | 'order is kept where it was asked for'
    | 'endpoints get what is theirs'
    | 'nothing forbidden is dialled'
    | 'one endpoint does not hurt another'
    /** A promise of this test, not of the product: a fault that strikes nothing proves nothing. */
    | 'the fault strikes';
  readonly what: string;
}

const LATE_REASONS = new Set(['unknown_tenant', 'unknown_client', 'unknown_event_type']);

/** Compares what was sent with the rows. Returns an empty list if every promise was kept. */
export function check(evidence: Evidence): Violation[] {
  return [...checkMessages(evidence), ...checkRejections(evidence)];
}

/** Checks that each tenant, source and id sent has exactly one row, and that there are no other rows. */
function checkMessages({ sent, messages }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const wanted = Map.groupBy(
    sent.filter(({ fate }) => fate.kind === 'stored'),
    ({ tenant, source, id }) => keyOf(tenant, source, id),
  );
  const rows = Map.groupBy(messages, ({ tenant, source, id }) => keyOf(tenant, source, id));
  for (const [key, sends] of wanted) {
    const stored = rows.get(key) ?? [];
    const accepted = sends.filter(({ outcome }) => outcome !== 'failed');
    const [first] = stored;
    if (stored.length > 1)
      violations.push({ promise: 'none is stored twice', what: `${key}: ${stored.length} rows` });
    if (first === undefined) {
      if (sends.some(({ outcome }) => outcome === 'ok'))
        violations.push({ promise: 'no event is lost', what: `${key} is not in message` });
    } else if (accepted.length === 0) {
      violations.push({ promise: 'nothing is made up', what: `${key} is stored, but SQS refused it` });
    } else if (!accepted.some(({ fate }) => holds(first, fate))) {
      violations.push({ promise: 'values stay as they are', what: `${key} is stored with other content` });
    }
  }
  for (const key of rows.keys()) {
    if (!wanted.has(key))
      violations.push({ promise: 'nothing is made up', what: `${key} is stored, but was never sent` });
  }
  return violations;
}

function holds({ client, type, payload }: MessageRow, fate: Sent['fate']): boolean {
  return fate.kind === 'stored' && isDeepStrictEqual({ client, type, payload }, { ...fate.content });
}

/**
 * Checks that each bad or conflicting event has exactly one rejection with the right reason, and that no
 * other has one.
 */
function checkRejections(evidence: Evidence): Violation[] {
  const violations: Violation[] = [];
  const matcher = new Matcher(evidence);
  const found = new Map<Sent, number>();
  for (const row of evidence.rejections) {
    const sent = matcher.find(row);
    if (sent !== undefined) found.set(sent, (found.get(sent) ?? 0) + 1);
    violations.push(...matcher.judge(row, sent));
  }
  for (const sent of evidence.sent) {
    const rows = found.get(sent) ?? 0;
    const name = `${sent.tenant} ${sent.id ?? sent.place}`;
    if (rows > matcher.mayBeRejected(sent))
      violations.push({ promise: 'none is stored twice', what: `${name}: ${rows} rejections` });
    if (rows === 0 && sent.outcome === 'ok' && matcher.mustBeRejected(sent))
      violations.push({ promise: 'bad events become rejections', what: `${name} has no rejection` });
  }
  return violations;
}

/** Matches rejections with the events that were sent. */
class Matcher {
  readonly #evidence: Evidence;
  readonly #byPlace: ReadonlyMap<string, Sent>;
  readonly #byName: ReadonlyMap<string, Sent[]>;
  readonly #byIdentity: ReadonlyMap<string, Sent[]>;
  readonly #stored: ReadonlyMap<string, MessageRow[]>;
  #nameless: Sent[];

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    const { sent, messages } = evidence;
    this.#byPlace = new Map(sent.flatMap((each) => (each.place === null ? [] : [[each.place, each]])));
    this.#byName = Map.groupBy(
      sent.filter(({ id, place }) => id !== null && place === null),
      ({ tenant, id }) => keyOf(tenant, id),
    );
    this.#byIdentity = Map.groupBy(sent, ({ tenant, source, id }) => keyOf(tenant, source, id));
    this.#stored = Map.groupBy(messages, ({ tenant, source, id }) => keyOf(tenant, source, id));
    this.#nameless = sent.filter(
      ({ id, place, outcome }) => id === null && place === null && outcome === 'unknown',
    );
  }

  find(row: RejectionRow): Sent | undefined {
    const place = row.index === null ? row.sqsMessageId : `${row.sqsMessageId}-${row.index}`;
    const placed = this.#byPlace.get(place);
    if (placed !== undefined) return placed;
    const named = this.#byName.get(keyOf(row.tenant, row.id)) ?? [];
    const bad = named.find(({ fate }) => fate.kind === 'rejected');
    return bad ?? named[0] ?? this.#nameless.pop();
  }

  judge(row: RejectionRow, sent: Sent | undefined): Violation[] {
    const name = `${row.tenant} ${row.id ?? row.sqsMessageId} as ${row.reason}`;
    if (sent === undefined)
      return [{ promise: 'nothing is made up', what: `${name} is rejected, but was never sent` }];
    if (sent.outcome === 'failed')
      return [{ promise: 'nothing is made up', what: `${name} is rejected, but SQS refused it` }];
    if (sent.fate.kind === 'rejected') {
      const late = this.#isLate(sent, row) && LATE_REASONS.has(sent.fate.reasons[0] ?? '');
      const { reasons } = sent.fate;
      const own = sent.id === null ? reasons.filter((reason) => reason === reasonOf(row.body)) : reasons;
      if (late || own.some((reason) => reason === row.reason)) return [];
      return [{ promise: 'bad events become rejections', what: `${name}, expected ${own.join(' or ')}` }];
    }
    if (row.reason === 'id_conflict' && this.#lostToAnother(sent)) return [];
    if (this.#isLate(sent, row) && row.state === 'replayed') return [];
    return [{ promise: 'good events are not rejected', what: `${name}, ${row.state}` }];
  }

  /**
   * The highest number of rejections allowed: an event of a late tenant may be rejected each time it is sent.
   */
  mayBeRejected({ tenant, id, place }: Sent): number {
    return place === null && id !== null ? (this.#byName.get(keyOf(tenant, id)) ?? []).length : 1;
  }

  mustBeRejected(sent: Sent): boolean {
    return sent.fate.kind === 'rejected' || this.#lostToAnother(sent);
  }

  #isLate({ tenant }: Sent, { reason }: RejectionRow): boolean {
    return this.#evidence.lateTenants.has(tenant) && LATE_REASONS.has(reason);
  }

  /** Whether its identity is stored with the content of another event. */
  #lostToAnother({ tenant, source, id, fate }: Sent): boolean {
    const key = keyOf(tenant, source, id);
    const [row] = this.#stored.get(key) ?? [];
    if (fate.kind !== 'stored' || row === undefined || holds(row, fate)) return false;
    return (this.#byIdentity.get(key) ?? []).some((other) => holds(row, other.fate));
  }
}

function keyOf(...parts: readonly (string | null)[]): string {
  return parts.join(' ');
}

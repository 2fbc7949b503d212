import { readFile } from 'node:fs/promises';
import type { RejectionReason } from '#internal/event/rejection.ts';
import type { Format } from '../../load/envelopes.ts';
import { EventGenerator } from '../../load/generator.ts';
import type { LedgerLine, Outcome } from '../../load/ledger.ts';

/** The settings of one run of the producers. */
export interface LoadPlan {
  readonly seed: number;
  readonly tenants: readonly [string, ...string[]];
  readonly format: Format;
  readonly count: number;
  /** Events per second; without it, as fast as SQS accepts them. */
  readonly rate?: number;
  /** Events per SQS message. */
  readonly batch: number;
  /** Compression of bodies; none by default. */
  readonly compress?: 'gzip' | 'zstd';
  readonly bad: number;
  readonly duplicates: number;
  readonly ledger: string;
}

export interface Content {
  readonly client: string;
  readonly type: string;
  readonly payload: unknown;
}

/** An event that a producer tried to send, and its expected outcome. */
export interface Sent {
  readonly tenant: string;
  readonly source: string;
  /** Null if the event has no id of its own. */
  readonly id: string | null;
  /** Where its rejection is kept: `MessageId`, in an array `MessageId-index`. Null if not known. */
  readonly place: string | null;
  readonly outcome: Outcome;
  readonly fate:
    | { readonly kind: 'stored'; readonly content: Content }
    | { readonly kind: 'rejected'; readonly reasons: readonly RejectionReason[] };
}

/** Reads what was sent from the producers' ledger, with the expected outcome of each event. */
export async function readSent(plan: LoadPlan): Promise<Sent[]> {
  const text = await readFile(plan.ledger, 'utf8').catch(() => '');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LedgerLine);
  return expect(plan, lines);
}

/**
 * Generates the producers' events again from the seed, and returns the expected outcome of each ledger line.
 */
export function expect(plan: LoadPlan, lines: readonly LedgerLine[]): Sent[] {
  const generator = new EventGenerator(plan);
  const texts = new Map<string, string>();
  for (let n = 0; n < plan.count; n += 1) {
    const { id, text } = generator.next();
    if (id !== null) texts.set(id, text);
  }
  return lines.map(({ id, tenant, kind, outcome }) => {
    const text = texts.get(id);
    if (text === undefined) {
      // An event without an id leaves only its kept body, from which its reason is found.
      const reasons = ['malformed_json', 'invalid_envelope'] as const;
      const place = outcome === 'ok' ? id : null;
      return { tenant, source: '', id: null, place, outcome, fate: { kind: 'rejected', reasons } };
    }
    const event = JSON.parse(text) as Record<string, unknown>;
    const source = String(event['source']);
    const fate: Sent['fate'] =
      kind === 'bad'
        ? { kind: 'rejected', reasons: [reasonOf(text)] }
        : { kind: 'stored', content: contentOf(event) };
    return { tenant, source, id, place: null, outcome, fate };
  });
}

function contentOf(event: Readonly<Record<string, unknown>>): Content {
  return {
    client: String(event['client_id'] ?? event['clientid']),
    type: String(event['event_type'] ?? event['type']),
    payload: event['message'] ?? event['data'],
  };
}

/** The client name that producers use for an unregistered client. */
const UNREGISTERED_CLIENT = 'unregistered-client';

/** Why a bad event of the producers must be rejected, determined without the code under test. */
export function reasonOf(text: string): RejectionReason {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return 'malformed_json';
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return 'invalid_envelope';
  const members = event as Readonly<Record<string, unknown>>;
  const client = members['client_id'] ?? members['clientid'];
  const type = members['event_type'] ?? members['type'];
  if (client === undefined || type === undefined) return 'invalid_envelope';
  if (members['specversion'] !== undefined && members['specversion'] !== '1.0') return 'invalid_envelope';
  // The only misspelling that producers send.
  if (members['tenantId'] !== undefined) return 'invalid_envelope';
  if (client === UNREGISTERED_CLIENT) return 'unknown_client';
  return 'unknown_event_type';
}

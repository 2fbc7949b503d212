import { randomBytes } from 'node:crypto';
import type { Format } from '#internal/sender/ports.ts';

/** A secret of an endpoint. */
interface Key {
  readonly key: Buffer;
  /** Requests that arrive from then on must be signed with it. */
  readonly sinceMs: number;
}

/** An endpoint of a round, and what is expected of its deliveries. */
export interface Target {
  readonly tenant: string;
  readonly client: string;
  readonly id: string;
  readonly eventTypes: readonly string[] | null;
  readonly format: Format;
  readonly ordered: boolean;
  readonly ratePerSecond: number | null;
  readonly tls: boolean;
  /** Paused at the beginning, and resumed when the load has ended. */
  readonly paused: boolean;
  /** When it is resumed: nothing may come before. In milliseconds since 1970. */
  pausedUntilMs: number;
  readonly keys: Key[];
  /** Between which times it was added; undefined if before the load. In milliseconds since 1970. */
  added: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** When it was removed: nothing is expected of it any more. */
  removedMs: number | undefined;
  /** Names it in PostgreSQL. */
  number: number;
}

export type Kind = Pick<Target, 'id' | 'client'> &
  Partial<Pick<Target, 'eventTypes' | 'format' | 'ordered' | 'ratePerSecond' | 'tls' | 'paused'>> & {
    readonly secrets?: number;
  };

/** The endpoints of each tenant. */
export const KINDS: readonly Kind[] = [
  { id: 'plain', client: 'client-1' },
  { id: 'ordered', client: 'client-1', ordered: true },
  { id: 'typed', client: 'client-2', eventTypes: ['user-app', 'transaction-app'], format: 'binary' },
  { id: 'limited', client: 'client-2', ratePerSecond: 60 },
  { id: 'two-secrets', client: 'client-3', secrets: 2, format: 'payload' },
  { id: 'paused', client: 'client-3', paused: true },
  { id: 'tls', client: 'client-3', tls: true },
];

export function targetOf(tenant: string, kind: Kind): Target {
  const { secrets = 1, ...given } = kind;
  return {
    tenant,
    eventTypes: null,
    format: 'structured',
    ordered: false,
    ratePerSecond: null,
    tls: false,
    paused: false,
    ...given,
    pausedUntilMs: kind.paused === true ? Number.POSITIVE_INFINITY : 0,
    keys: Array.from({ length: secrets }, () => ({ key: randomBytes(32), sinceMs: 0 })),
    added: undefined,
    removedMs: undefined,
    number: 0,
  };
}

/** As in the path of its URL. */
export function nameOf({ tenant, id }: Pick<Target, 'tenant' | 'id'>): string {
  return `${tenant}/${id}`;
}

export function wants({ eventTypes }: Pick<Target, 'eventTypes'>, type: string): boolean {
  return eventTypes === null || eventTypes.includes(type);
}

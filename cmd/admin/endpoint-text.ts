import type {
  EndpointDetails,
  EndpointStatus,
  ReplaySummary,
  SecretSummary,
} from '#internal/postgres/endpoints/list.ts';
import type { ShownSecret } from '#internal/operations/endpoints/sealed.ts';
import type { Listing } from './listing.ts';
import { fieldLine, table, visible } from './output.ts';

const LABEL_WIDTH = 18;

/** `unreadable`: known only where SENDER_KEYS is set. */
export type ListedEndpoint = EndpointStatus & { readonly unreadable?: boolean };

export const ENDPOINT_COLUMNS: Listing<ListedEndpoint>['columns'] = [
  { title: 'tenant', value: ({ tenantId }) => tenantId, wraps: true, leftOut: 3 },
  { title: 'endpoint', value: ({ id }) => id, wraps: true },
  { title: 'client', value: ({ clientId }) => clientId, wraps: true },
  { title: 'state', value: stateOf },
  { title: 'waiting', value: ({ waiting }) => waiting },
  { title: 'retrying', value: ({ retrying }) => retrying },
  { title: 'dead', value: ({ dead }) => dead },
  { title: 'lost', value: ({ lost }) => lost, leftOut: 2 },
  { title: 'last success', value: ({ lastSuccessAt }) => lastSuccessAt ?? 'never', leftOut: 1 },
  { title: 'url', value: ({ url }) => url, wraps: true, leftOut: 4 },
];

/** An active endpoint whose requests fail is said to be failing; with secrets that cannot be opened, it gets none. */
function stateOf({ state, failingSince, unreadable }: ListedEndpoint): string {
  if (unreadable === true) return `${state}, unreadable`;
  return state === 'active' && failingSince !== null ? 'active, failing' : state;
}

export function describeEndpoint(endpoint: EndpointDetails): string {
  const { secrets, replays, ...fields } = endpoint;
  const lines = Object.entries(fields).map(([name, value]) =>
    fieldLine(name, LABEL_WIDTH, textOf(name, value)),
  );
  return [
    ...lines,
    '',
    secretTable(secrets),
    ...(replays.length === 0 ? [] : ['', replayTable(replays)]),
  ].join('\n');
}

function textOf(name: string, value: unknown): string {
  if (name === 'eventTypes' && value === null) return 'all';
  if (value === null) return 'none';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function secretTable(secrets: readonly SecretSummary[]): string {
  return table(
    ['secret', 'kind', 'made', 'valid until'],
    secrets.map(({ id, kind, createdAt, expiresAt }) => [
      id,
      kind,
      createdAt,
      expiresAt ?? 'the next rotation',
    ]),
  );
}

function replayTable(replays: readonly ReplaySummary[]): string {
  return table(
    ['replay', 'kind', 'since', 'requested', 'finished', 'messages', 'to deliver'],
    replays.map(({ id, kind, since, requestedAt, finishedAt, messages, retrying }) => [
      id,
      kind,
      since ?? '',
      requestedAt,
      finishedAt ?? 'no',
      messages,
      retrying ?? '',
    ]),
  );
}

/** Secrets are shown when they are made, and never again. */
export function secretLines(secrets: readonly ShownSecret[]): string[] {
  return secrets.map(({ kind, text }) =>
    kind === 'hmac'
      ? `secret, not shown again: ${visible(text)}`
      : `public key for the signatures v1a: ${visible(text)}`,
  );
}

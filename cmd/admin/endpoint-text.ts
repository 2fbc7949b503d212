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

export const ENDPOINT_COLUMNS: Listing<EndpointStatus>['columns'] = [
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

/** An active endpoint whose requests fail is said to be failing. */
function stateOf({ state, failingSince }: EndpointStatus): string {
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

import type { MappingDefinition } from '../../event/mapping/mapping.ts';
import { MAPPING_PRESETS, mappingOf } from '../../event/mapping/presets.ts';
import { type BadInput, type MessageAttribute, type Outcome, type StoredRow, stored } from './case.ts';
/** Marks messages for the mappings, so that those of other categories match none. */
export const MARK = { of: { DataType: 'String', StringValue: 'others' } };
const MARKED = { '@of': 'others' };

/** Registered for the cases: every preset, and a custom mapping. */
export const MAPPINGS: readonly MappingDefinition[] = [
  ...Object.entries(MAPPING_PRESETS).map(([name, preset]) =>
    mappingOf(name, { match: MARKED, ...(preset.event === undefined ? { client: 'client-3' } : {}) }, preset),
  ),
  mappingOf('by-hand', {
    match: { ...MARKED, '/kind': 'by hand' },
    type: 'user-app',
    client: '/customer',
    tenant: '/owner | default',
    id: '{/number}-{/version}',
    source: '/from',
    time: '/at',
    deliverAfter: '/notBefore',
    payload: '/body',
  }),
];

/** Event types as the services name them. */
export const FOREIGN_TYPES = [
  'ObjectCreated:Put',
  'ObjectRemoved:Delete',
  'Object Created',
  'Scheduled Event',
  'Bounce',
  'Open',
  'CloudWatch Alarm State Change',
  'charge.succeeded',
  'v1.billing.meter.error_report_triggered',
  'push',
  'orders/create',
  'Microsoft.Storage.BlobCreated',
] as const;

/** Formats JSON as PostgreSQL writes jsonb: shorter keys first. */
function jsonb(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonb).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}: ${jsonb(each)}`).join(', ')}}`;
}

export const of = (
  name: string,
  body: string,
  outcome: BadInput['outcome'],
  headers: Record<string, string> = {},
): BadInput => ({
  name,
  body,
  attributes: { ...MARK, ...attributesOf(headers) },
  outcome,
});

function attributesOf(headers: Record<string, string>): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
}

export function taken(
  mapping: string,
  payload: unknown,
  row: Partial<StoredRow>,
  headers: Record<string, string> = {},
): Outcome {
  return stored(jsonb(payload), {
    attributes: `{"mapping": "${mapping}"}`,
    sqsAttributes: jsonb({ ...headers, of: 'others' }),
    ...row,
  });
}

/** The same message again; the row is the one stored before. */
export function takenBefore(...all: Parameters<typeof taken>): Outcome {
  const { row } = taken(...all) as Outcome & { readonly row: StoredRow };
  return { kind: 'duplicate', row };
}

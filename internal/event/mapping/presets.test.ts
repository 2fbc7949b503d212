import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AWS } from '../../proof/badinput/cases/aws.ts';
import { OTHERS } from '../../proof/badinput/cases/others.ts';
import { MAPPINGS } from '../../proof/badinput/mappings.ts';
import { outcomesOf } from '../../proof/badinput/observe.ts';
import { decodeBody } from '../body/envelope.ts';
import { BARE } from '../body/decoded.ts';
import { compileMapping, type Mapping } from './mapping.ts';
import { MAPPING_PRESETS, mappingOf } from './presets.ts';

const CASES = [...AWS.cases, ...OTHERS.cases];

const compiled = (definition: (typeof MAPPINGS)[number]): Mapping => {
  const mapping = compileMapping(definition);
  if (Array.isArray(mapping)) throw new Error(mapping.join('; '));
  return mapping;
};
const mappings = MAPPINGS.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1)).map(
  compiled,
);

describe.each(Object.entries(MAPPING_PRESETS))('the preset %s', (name, preset) => {
  test('is a mapping once it is said whose it is', () => {
    const client = preset.event === undefined ? { client: 'c' } : {};
    expect(Array.isArray(compileMapping(mappingOf('m', client, preset)))).toBe(false);
  });

  test('is shown by cases of what the service sends', () => {
    const attribute = `{"mapping": "${name}"}`;
    const shown = CASES.flatMap(outcomesOf).some(
      (outcome) => 'row' in outcome && 'attributes' in outcome.row && outcome.row.attributes === attribute,
    );
    expect(shown || name === 'lambda-destination').toBe(true);
  });
});

test.each(CASES)('$name: each decision is the expected one', (input) => {
  const attributes = Object.fromEntries(
    Object.entries(input.attributes ?? {}).map(([name, { StringValue = '' }]) => [name, StringValue]),
  );
  const around = { ...BARE, queue: 'events', attributes, mappings };
  const kinds = decodeBody(input.body, 'sqs-id', around).map((decoded) =>
    decoded.kind === 'event' ? 'event' : decoded.refusal.reason,
  );
  const expected = outcomesOf(input).map((outcome) =>
    outcome.kind === 'rejected' && !outcome.reason.startsWith('unknown_') ? outcome.reason : 'event',
  );
  expect(kinds).toEqual(expected);
});

test('what is given counts, and adds to what a preset matches', () => {
  const mapping = mappingOf(
    'mine',
    { client: 'c', type: 'upload', queue: 'uploads', match: { '/Records/0/awsRegion': 'eu-west-1' } },
    MAPPING_PRESETS['s3'],
  );
  expect(mapping).toMatchObject({
    name: 'mine',
    priority: 100,
    queue: 'uploads',
    each: '/Records',
    type: 'upload',
    tenant: null,
    match: { '/Records/0/s3/bucket/name': null, '/Records/0/awsRegion': 'eu-west-1' },
  });
  expect(mapping).not.toHaveProperty('takes');
});

const DOCUMENT = readFileSync(new URL('../../../docs/mappings.md', import.meta.url), 'utf8');

test.each(Object.entries(MAPPING_PRESETS))('the documentation of the preset %s is true', (name, preset) => {
  const [section = ''] = (DOCUMENT.split(`\n### ${name}\n`)[1] ?? '').split('\n##');
  const body = /```json\n(.*)\n```/.exec(section)?.[1] ?? '';
  const row = /\|---\|\n\| (.*) \|/.exec(section)?.[1]?.split(' | ') ?? [];
  const mapping = compiled(
    mappingOf(name, preset.event === undefined ? { client: 'warehouse' } : {}, preset),
  );
  const headers = { 'X-GitHub-Event': 'of `X-GitHub-Event`', 'X-GitHub-Delivery': 'of `X-GitHub-Delivery`' };
  const attributes = name === 'github' ? headers : {};
  const [decoded] = decodeBody(body, 'of SNS', { ...BARE, attributes, mappings: [mapping] });
  if (decoded?.kind !== 'event') throw new Error(`refused: ${JSON.stringify(decoded)}`);
  const { eventType, source, eventId, occurredAt, clientId } = decoded.event;
  expect([eventType, source, eventId, occurredAt ?? 'none']).toEqual(
    row.map((cell) => /^`(.*)`$/.exec(cell)?.[1] ?? cell),
  );
  expect(clientId).toBe('warehouse');
});

import { MAPPING_VALUES, type MappingDefinition } from '#internal/event/mapping/mapping.ts';
import type { MappingPreset } from '#internal/event/mapping/presets.ts';
import { table, visible } from './output.ts';

export function mappingTable(mappings: readonly MappingDefinition[]): string {
  return table(
    ['priority', 'name', 'takes', 'makes'],
    mappings.map((mapping) => [mapping.priority, mapping.name, takes(mapping), makes(mapping)]),
  );
}

export function presetTable(presets: Readonly<Record<string, MappingPreset>>): string {
  return table(
    ['preset', 'takes', 'type', 'id'],
    Object.entries(presets).map(([name, { takes: what, event, type, id }]) => [
      name,
      what,
      event === undefined ? type : `the event at ${event}`,
      id,
    ]),
  );
}

export function describeMapping(mapping: MappingDefinition): string {
  const rows = Object.entries(mapping)
    .filter(([, value]) => value !== null && typeof value !== 'object')
    .map(([name, value]) => `${name.padEnd(12)} ${visible(String(value))}`);
  return [...rows, ...conditions(mapping).map((each) => `match        ${visible(each)}`)].join('\n');
}

function takes(mapping: MappingDefinition): string {
  const queue = mapping.queue === null ? [] : [`queue ${mapping.queue}`];
  return [...queue, ...conditions(mapping)].join('\n');
}

function conditions({ match }: MappingDefinition): string[] {
  return Object.entries(match).map(([value, expected]) =>
    expected === null ? value : `${value} = ${expected}`,
  );
}

function makes(mapping: MappingDefinition): string {
  const { each, event } = mapping;
  return [
    ...(each === null ? [] : [`each of ${each}`]),
    ...(event === null ? [] : [`the event at ${event}`]),
    ...MAPPING_VALUES.flatMap((name) => (mapping[name] === null ? [] : [`${name}: ${mapping[name]}`])),
  ].join('\n');
}

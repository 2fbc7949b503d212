import type { MessageRow } from '#internal/postgres/messages/browse.ts';
import { fieldLine, visible } from './output.ts';

/** Describes a message for people: every column that is not null, then the indented payload. */
export function describeMessage({ columns, prettyPayload }: MessageRow): string {
  const lines = columns.flatMap(({ name, text }) => (text === null ? [] : [fieldLine(name, 17, text)]));
  return [...lines, '', 'payload', visible(prettyPayload)].join('\n');
}

/** Returns a message as JSON, from parts in JSON: JSON.parse would round its numbers. */
export function messageJson({ columns, payload }: MessageRow): string {
  const members = columns.map(({ name, json }) => `  ${JSON.stringify(name)}: ${json}`);
  return `{\n${[...members, `  "payload": ${payload}`].join(',\n')}\n}`;
}

import type { MessageRow } from '#internal/postgres/messages/browse.ts';
import { fieldLine, visible } from './output.ts';

/** A message for people: every column that holds something, then the payload over several lines. */
export function describeMessage({ columns, prettyPayload }: MessageRow): string {
  const lines = columns.flatMap(({ name, text }) => (text === null ? [] : [fieldLine(name, 17, text)]));
  return [...lines, '', 'payload', visible(prettyPayload)].join('\n');
}

/** The same as JSON, with all numbers as they are stored: JSON.parse would round them. */
export function messageJson({ columns, payload }: MessageRow): string {
  const members = columns.map(({ name, json }) => `  ${JSON.stringify(name)}: ${json}`);
  return `{\n${[...members, `  "payload": ${payload}`].join(',\n')}\n}`;
}

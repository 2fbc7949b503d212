import { bodyText } from '#internal/event/body/content-encoding.ts';
import type { Rejection } from '#internal/postgres/rejections/browse.ts';
import { fieldLine, visible } from './output.ts';

/** A rejection as it is printed; it has an `expandedBody` only if a compressed body can be expanded. */
type ReadableRejection = Rejection & { readonly expandedBody?: string };

/** A rejected event of an array keeps its own text, never compressed, but the attributes of the whole message. */
export function withExpandedBody(rejection: Rejection, maxExpandedBytes: number): ReadableRejection {
  const { body, eventIndex } = rejection;
  const expanded = eventIndex === null ? bodyText(rejection, maxExpandedBytes) : null;
  return expanded?.kind === 'text' && expanded.text !== body
    ? { ...rejection, expandedBody: expanded.text }
    : rejection;
}

export function describeRejection(rejection: ReadableRejection): string {
  const { body, expandedBody, attributes, systemAttributes, ...fields } = rejection;
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => fieldLine(name, 15, value instanceof Date ? value.toISOString() : String(value)));
  return [
    ...lines,
    ...section('message attributes', JSON.stringify(attributes, null, 2)),
    ...section("SQS's own attributes", JSON.stringify(systemAttributes, null, 2)),
    ...section('body', pretty(body)),
    ...(expandedBody === undefined ? [] : section('body, expanded', pretty(expandedBody))),
  ].join('\n');
}

function section(title: string, text: string): string[] {
  return ['', title, visible(text)];
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body; // what is not JSON is shown as it came
  }
}

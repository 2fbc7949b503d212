import { hash } from 'node:crypto';
import { isJson } from '../event/media-type.ts';
import { type Extension, extensionsOf } from './extensions.ts';
import type { Endpoint, Message } from './ports.ts';
import type { WireRequest } from './wire/ports.ts';
import { signedHeaders } from './signature.ts';

/** Without a version: the bytes that receivers see do not change with our releases. */
const USER_AGENT = 'event-processor';

/** Hex digits of the first 16 bytes. */
const DIGEST_DIGITS = 32;

/** Servers refuse requests with 8 to 16 kB of headers: extensions that would bring theirs above this are left out. */
const MAX_EXTENSION_HEADER_BYTES = 4_096;

/**
 * Builds the request of an attempt. The body depends on the message and the format alone, so that every attempt of a message
 * sends the same bytes; the payload stands in it as PostgreSQL wrote it, so no number is rounded.
 * @param nowMs of the attempt, for the signature
 * @returns with it, the first 16 bytes of the SHA-256 of the body, in hex
 */
export function buildRequest(
  message: Message,
  endpoint: Endpoint,
  nowMs: number,
): WireRequest & { readonly digest: string } {
  const { body, headers: ofFormat } = FORMATS[endpoint.format](message);
  const headers: Record<string, string> = {};
  for (const name in endpoint.headers) headers[name.toLowerCase()] = endpoint.headers[name] as string;
  // Ours come last and win: no header of an endpoint may say something else about the body or its signature.
  headers['user-agent'] = USER_AGENT;
  for (const name in ofFormat) headers[name] = ofFormat[name] as string;
  Object.assign(headers, signedHeaders(message.id, Math.floor(nowMs / 1000), body, endpoint.secrets));
  return {
    url: endpoint.url,
    headers,
    body,
    timeoutMs: endpoint.timeoutSeconds * 1000,
    digest: hash('sha256', body, 'hex').slice(0, DIGEST_DIGITS),
  };
}

interface Built {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' } as const;

const FORMATS: Readonly<Record<Endpoint['format'], (message: Message) => Built>> = {
  structured: (message) => ({
    headers: STRUCTURED,
    body: Buffer.from(structuredText(message)),
  }),
  binary: (message) => ({
    headers: { ...attributeHeaders(message), 'content-type': contentTypeOf(message) },
    body: dataOf(message),
  }),
  payload: (message) => ({
    headers: { 'content-type': contentTypeOf(message) },
    body: dataOf(message),
  }),
};

/** Those that come from columns; null where there is none. Source and id stay as their producer wrote them: together they identify the event. */
const ATTRIBUTES: readonly {
  readonly member: string;
  readonly header: string;
  readonly of: (message: Message) => string | null;
}[] = [
  attribute('id', ({ eventId }) => eventId),
  attribute('source', ({ source }) => source),
  attribute('type', ({ eventType }) => eventType),
  attribute('time', ({ occurredAt }) => occurredAt),
  attribute('tenantid', ({ tenantId }) => tenantId),
  attribute('clientid', ({ clientId }) => clientId),
  attribute('traceparent', ({ traceparent }) => traceparent),
];

function attribute(name: string, of: (message: Message) => string | null) {
  return { member: `,"${name}":`, header: `ce-${name}`, of };
}

/** CloudEvents 1.0, JSON event format. Without a datacontenttype the data is JSON. */
function structuredText(message: Message): string {
  let text = '{"specversion":"1.0"';
  for (const { member, of } of ATTRIBUTES) {
    const value = of(message);
    if (value !== null) text += member + JSON.stringify(value);
  }
  if (message.contentType !== null) text += `,"datacontenttype":${JSON.stringify(message.contentType)}`;
  for (const { name, value } of extensionsOf(message.attributes))
    text += `,"${name}":${JSON.stringify(value)}`;
  return `${text},"${message.payloadEncoding === 'base64' ? 'data_base64' : 'data'}":${message.payload}}`;
}

/** CloudEvents 1.0, HTTP protocol binding, binary content mode. */
function attributeHeaders(message: Message): Record<string, string> {
  const headers: Record<string, string> = { 'ce-specversion': '1.0' };
  for (const { header, of } of ATTRIBUTES) {
    const value = of(message);
    if (value !== null) headers[header] = percentEncoded(value);
  }
  let left = MAX_EXTENSION_HEADER_BYTES;
  for (const extension of extensionsOf(message.attributes)) {
    const [name, value] = headerOf(extension);
    left -= name.length + value.length;
    if (left < 0) break;
    headers[name] = value;
  }
  return headers;
}

function headerOf({ name, value }: Extension): [name: string, value: string] {
  return [`ce-${name}`, percentEncoded(String(value))];
}

/** HTTP protocol binding, 3.1.3.2: space, `"`, `%` and all outside U+0021 to U+007E, as the bytes of their UTF-8. */
function percentEncoded(value: string): string {
  return value.toWellFormed().replaceAll(/[^!#$&-~]+/g, encodeURIComponent);
}

/** What cannot be the value of a header counts as absent. Bytes of no known type are not said to be JSON. */
function contentTypeOf({ contentType, payloadEncoding }: Message): string {
  if (contentType !== null && /^[!-~](?:[ -~]*[!-~])?$/.test(contentType)) return contentType;
  return payloadEncoding === 'base64' ? 'application/octet-stream' : 'application/json';
}

/** The bytes of the data: a text that is not JSON by its content type goes without its quotes, all else as it is stored. */
function dataOf(message: Message): Buffer {
  const { payload, payloadEncoding } = message;
  if (payloadEncoding === 'base64') return Buffer.from(JSON.parse(payload) as string, 'base64');
  const isText = payload.startsWith('"') && !isJson(contentTypeOf(message));
  return Buffer.from(isText ? (JSON.parse(payload) as string) : payload);
}

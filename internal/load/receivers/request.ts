import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryLine } from './delivery-ledger.ts';
import { isSigned } from './verify.ts';

/** Reads of a request what its line in the ledger says. Without keys, its signature is not checked. */
export function readRequest(
  headers: IncomingHttpHeaders,
  body: Buffer,
  keys: readonly Buffer[],
): Pick<DeliveryLine, 'id' | 'event' | 'signature' | 'digest'> {
  return {
    id: single(headers['webhook-id']) ?? null,
    event: eventIn(headers, body),
    signature: signatureOf(headers, body, keys),
    digest: createHash('sha256').update(body).digest('hex').slice(0, 32),
  };
}

function signatureOf(
  headers: IncomingHttpHeaders,
  body: Buffer,
  keys: readonly Buffer[],
): DeliveryLine['signature'] {
  if (keys.length === 0) return 'unchecked';
  const signed = {
    id: single(headers['webhook-id']),
    timestamp: single(headers['webhook-timestamp']),
    signature: single(headers['webhook-signature']),
  };
  return isSigned(signed, body, keys) ? 'ok' : 'bad';
}

/** Returns the id of the CloudEvent in a structured or binary request; null where there is none. */
function eventIn(headers: IncomingHttpHeaders, body: Buffer): string | null {
  if (headers['content-type']?.startsWith('application/cloudevents+json') !== true)
    return decoded(single(headers['ce-id'])) ?? null;
  try {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}

/** In binary mode, characters outside of printable ASCII are percent-encoded. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

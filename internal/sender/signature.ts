import { createHmac, type KeyObject, sign } from 'node:crypto';
import { privateKeyOf } from './ed25519.ts';
import type { SigningSecret } from './ports.ts';

/** A secret is an object of its own at each revision of its endpoint, so keys go with the revision that they belong to. */
const privateKeys = new WeakMap<SigningSecret, KeyObject>();

/**
 * The headers of Standard Webhooks 1.0.0. Signed is `id.timestamp.body`, with every secret that has not expired by then: an
 * endpoint may have been read long ago. Each attempt is signed anew, since receivers refuse timestamps older than 5 minutes.
 * @param id the message id, without a "."
 * @param timestampSeconds whole seconds since 1970, of the attempt
 */
export function signedHeaders(
  id: string,
  timestampSeconds: number,
  body: Buffer,
  secrets: readonly SigningSecret[],
): Record<string, string> {
  const before = `${id}.${timestampSeconds}.`;
  let signatures = '';
  for (const secret of secrets) {
    if (secret.expiresAtMs !== undefined && secret.expiresAtMs <= timestampSeconds * 1000) continue;
    const signature = secret.kind === 'hmac' ? hmac(secret, before, body) : ed25519(secret, before, body);
    signatures = signatures === '' ? signature : `${signatures} ${signature}`;
  }
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures,
  };
}

function hmac({ key }: SigningSecret, before: string, body: Buffer): string {
  return `v1,${createHmac('sha256', key).update(before).update(body).digest('base64')}`;
}

function ed25519(secret: SigningSecret, before: string, body: Buffer): string {
  let key = privateKeys.get(secret);
  if (key === undefined) {
    key = privateKeyOf(secret.key);
    privateKeys.set(secret, key);
  }
  return `v1a,${sign(null, Buffer.concat([Buffer.from(before), body]), key).toString('base64')}`;
}

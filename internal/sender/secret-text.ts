import type { KeyObject } from 'node:crypto';
import { isBase64 } from '../event/body/base64.ts';
import { ED25519_BYTES, publicBytesOf, publicKeyFrom } from './ed25519.ts';
import type { SigningSecret } from './ports.ts';

/** What a secret signs with, whenever it expires. */
type SecretKey = Pick<SigningSecret, 'kind' | 'key'>;

const HMAC = 'whsec_';
const ED25519_SECRET = 'whsk_';
const ED25519_PUBLIC = 'whpk_';

/** Standard Webhooks 1.0.0, "Signature scheme". */
const MIN_HMAC_BYTES = 24;
const MAX_HMAC_BYTES = 64;

/**
 * Reads a secret as people hand it on: `whsec_` or `whsk_` and Base64. `whsk_` holds the seed, or the seed and its public key
 * (64 bytes, as libsodium keeps them). The problem never shows the text.
 */
export function readSecret(
  text: string,
):
  | { readonly kind: 'secret'; readonly secret: SecretKey }
  | { readonly kind: 'invalid'; readonly problem: string } {
  if (text.startsWith(HMAC)) {
    const key = decoded(text, HMAC);
    if (key === undefined || key.length < MIN_HMAC_BYTES || key.length > MAX_HMAC_BYTES)
      return invalid(`after ${HMAC}: expected Base64 of ${MIN_HMAC_BYTES} to ${MAX_HMAC_BYTES} bytes`);
    return { kind: 'secret', secret: { kind: 'hmac', key } };
  }
  if (!text.startsWith(ED25519_SECRET))
    return invalid(`expected a text that begins with ${HMAC} or ${ED25519_SECRET}`);
  const key = decoded(text, ED25519_SECRET);
  const seed = key?.subarray(0, ED25519_BYTES);
  if (
    key === undefined ||
    seed === undefined ||
    (key.length !== ED25519_BYTES && key.length !== 2 * ED25519_BYTES)
  )
    return invalid(`after ${ED25519_SECRET}: expected Base64 of 32 bytes, or of 64 with the public key`);
  if (key.length > ED25519_BYTES && !publicBytesOf(seed).equals(key.subarray(ED25519_BYTES)))
    return invalid(`after ${ED25519_SECRET}: the last 32 bytes are not the public key of the first 32`);
  return { kind: 'secret', secret: { kind: 'ed25519', key: seed } };
}

/** Writes a secret as `readSecret` reads it; `whsk_` with the public key, which some libraries need. */
export function secretText({ kind, key }: SecretKey): string {
  if (kind === 'hmac') return HMAC + key.toString('base64');
  return ED25519_SECRET + Buffer.concat([key, publicBytesOf(key)]).toString('base64');
}

/** What the receiver of `v1a` signatures needs to verify them: `whpk_` and the public key. */
export function publicKeyText(seed: Buffer): string {
  return ED25519_PUBLIC + publicBytesOf(seed).toString('base64');
}

/** Reads what `publicKeyText` writes; undefined when it is something else. */
export function readPublicKey(text: string): KeyObject | undefined {
  if (!text.startsWith(ED25519_PUBLIC)) return undefined;
  const bytes = decoded(text, ED25519_PUBLIC);
  return bytes?.length === ED25519_BYTES ? publicKeyFrom(bytes) : undefined;
}

function decoded(text: string, prefix: string): Buffer | undefined {
  const base64 = text.slice(prefix.length);
  return isBase64(base64) ? Buffer.from(base64, 'base64') : undefined;
}

function invalid(problem: string): { readonly kind: 'invalid'; readonly problem: string } {
  return { kind: 'invalid', problem };
}

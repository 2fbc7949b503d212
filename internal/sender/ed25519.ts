import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

// RFC 8410: what stands before the 32 bytes of a seed in PKCS #8, and of a public key in SPKI.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Bytes of a seed, and of a public key. */
export const ED25519_BYTES = 32;

export function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

export function publicKeyFrom(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
}

/** The 32 bytes of the public key that belongs to a seed. */
export function publicBytesOf(seed: Buffer): Buffer {
  return createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}

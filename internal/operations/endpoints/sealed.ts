import { randomBytes } from 'node:crypto';
import type { EndpointName } from '../../postgres/endpoints/reference.ts';
import { headersContext, type Sealing } from '../../postgres/sealing.ts';
import { publicKeyText, readSecret, secretText } from '../../sender/secret-text.ts';
import type { SigningSecret } from '../../sender/ports.ts';

export type Seals = Pick<Sealing, 'seal'>;

type SecretKey = Pick<SigningSecret, 'kind' | 'key'>;

/** What the receiver needs to verify signatures: shown once, and not kept in this form. */
export interface ShownSecret {
  readonly kind: SigningSecret['kind'];
  /** `whsec_…` of an HMAC secret; `whpk_…`, the public key, of an Ed25519 key. */
  readonly text: string;
}

/** Bytes of an HMAC secret, and of the seed of an Ed25519 key. */
const SECRET_BYTES = 32;

export function drawSecret(kind: SigningSecret['kind']): SecretKey {
  return { kind, key: randomBytes(SECRET_BYTES) };
}

/** Reads `whsec_…` or `whsk_…`; a problem never shows the text. */
export const secretFrom = readSecret;

export function shown({ kind, key }: SecretKey): ShownSecret {
  return { kind, text: kind === 'hmac' ? secretText({ kind, key }) : publicKeyText(key) };
}

/** The columns of the headers that an endpoint gets with every request. */
export function sealedHeaders(
  name: EndpointName,
  headers: Readonly<Record<string, string>>,
  sealing: Seals,
): { readonly headerNames: readonly string[]; readonly sealedHeaders: Buffer | null } {
  const headerNames = Object.keys(headers);
  if (headerNames.length === 0) return { headerNames, sealedHeaders: null };
  return {
    headerNames,
    sealedHeaders: sealing.seal(Buffer.from(JSON.stringify(headers)), headersContext(name)),
  };
}

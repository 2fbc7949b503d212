import { randomBytes, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { SigningSecret } from './ports.ts';
import { publicKeyText, readPublicKey, readSecret, secretText } from './secret-text.ts';
import { signedHeaders } from './signature.ts';

// From the tests of the reference implementations of Standard Webhooks and of Svix.
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const TIMESTAMP = 1_614_265_330;
const BODY = Buffer.from('{"test": 2432232314}');
const HMAC_TEXT = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ED25519_TEXT =
  'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
const V1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const V1A = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';

function secret(text: string, expiresAtMs?: number): SigningSecret {
  const read = readSecret(text);
  if (read.kind !== 'secret') throw new Error(read.problem);
  return { ...read.secret, expiresAtMs };
}

function signatureOf(...secrets: SigningSecret[]): string | undefined {
  return signedHeaders(ID, TIMESTAMP, BODY, secrets)['webhook-signature'];
}

describe('signatures', () => {
  test('are those of the published vectors', () => {
    expect(signedHeaders(ID, TIMESTAMP, BODY, [secret(HMAC_TEXT)])).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': V1,
    });
    const key = secret(ED25519_TEXT);
    expect([signatureOf(key), signatureOf(key)]).toEqual([V1A, V1A]);
  });

  test('are one for each secret, in their order, with spaces between', () => {
    expect(signatureOf(secret(HMAC_TEXT), secret(ED25519_TEXT))).toBe(`${V1} ${V1A}`);
  });

  test('are made with a secret until it expires, whenever the endpoint was read', () => {
    const current = secret(ED25519_TEXT);
    expect(signatureOf(current, secret(HMAC_TEXT, TIMESTAMP * 1000 + 1))).toBe(`${V1A} ${V1}`);
    expect(signatureOf(current, secret(HMAC_TEXT, TIMESTAMP * 1000))).toBe(V1A);
  });

  test.each(['{"a":1e400,"b":9223372036854775808}', '"\u{1F600} \u2028 \u2029 \u0001"', ''])(
    'are verified by the library of Standard Webhooks, with the old and with the new secret: %j',
    (text) => {
      const [old, current] = [24, 64].map((bytes) => ({
        kind: 'hmac' as const,
        key: randomBytes(bytes),
      })) as [SigningSecret, SigningSecret];
      const body = Buffer.from(text);
      const headers = signedHeaders('m', Math.floor(Date.now() / 1000), body, [current, old]);
      for (const known of [old, current])
        new Webhook(secretText(known)).verify(body, headers, { jsonParse: false });
      expect(() =>
        new Webhook(randomBytes(32), { format: 'raw' }).verify(body, headers, { jsonParse: false }),
      ).toThrow('No matching signature');
    },
  );

  test('v1a are verified with the public key as its receiver gets it', () => {
    const seed = randomBytes(32);
    const [, signature = ''] = (
      signedHeaders('m', 1, BODY, [{ kind: 'ed25519', key: seed, expiresAtMs: undefined }])[
        'webhook-signature'
      ] ?? ''
    ).split(',');
    const key = readPublicKey(publicKeyText(seed));
    expect(
      key && verify(null, Buffer.from(`m.1.${BODY.toString()}`), key, Buffer.from(signature, 'base64')),
    ).toBe(true);
  });
});

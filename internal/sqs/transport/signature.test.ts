import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { amzDate, type SignableRequest, Signer } from './signature.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const SESSION_TOKEN =
  'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==';

function signatureOf(request: Partial<SignableRequest>): string {
  const { headers = {}, ...rest } = request;
  const authorization = new Signer({ region: 'us-east-1', service: 'service' }).authorization(
    {
      method: 'GET',
      path: '/',
      body: '',
      headers: sorted({ host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...headers }),
      ...rest,
    },
    CREDENTIALS,
  );
  return authorization.split('Signature=')[1] ?? '';
}

function sorted(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('Signature Version 4', () => {
  // The names are those of AWS's own test suite, "AWS Signature Version 4 test suite".
  it.each<[string, Partial<SignableRequest>, string]>([
    ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-header-value-trim',
      { headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    [
      'get-vanilla-query-order-key-case',
      { query: 'Param1=value1&Param2=value2' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['get-utf8', { path: '/%E1%88%B4' }, '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
    [
      'post-header-key-sort',
      { method: 'POST', headers: { 'my-header1': 'value1' } },
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-sts-header-before',
      { method: 'POST', headers: { 'x-amz-security-token': SESSION_TOKEN } },
      '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
    ],
    [
      'post-x-www-form-urlencoded',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Param1=value1',
      },
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('signs %s as AWS does', (_name, request, signature) => {
    expect(signatureOf(request)).toBe(signature);
  });

  it("signs any of our calls as the AWS SDK's own signer does", async () => {
    const { SignatureV4 } = createRequire(import.meta.url)('@smithy/signature-v4') as {
      SignatureV4: new (
        options: object,
      ) => { sign(request: object, options: object): Promise<{ headers: Record<string, string> }> };
    };
    const { createHash, createHmac } = await import('node:crypto');
    class Sha256 {
      readonly #hash;
      constructor(secret?: string) {
        this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
      }
      update(data: string): void {
        this.#hash.update(data);
      }
      async digest(): Promise<Buffer> {
        return this.#hash.digest();
      }
    }
    const theirs = new SignatureV4({
      service: 'sqs',
      region: 'eu-central-1',
      credentials: { ...CREDENTIALS, sessionToken: SESSION_TOKEN },
      sha256: Sha256,
    });
    const ours = new Signer({ region: 'eu-central-1', service: 'sqs' });
    const days = ['2026-01-01T00:00:00Z', '2026-01-01T23:59:59Z', '2026-01-02T00:00:00Z'];
    for (const [i, day] of days.entries()) {
      const body = JSON.stringify({ QueueUrl: 'http://localhost/1/events', text: 'ünïcode'.repeat(i) });
      const signingDate = new Date(day);
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        host: 'sqs.eu-central-1.amazonaws.com',
        'x-amz-date': amzDate(signingDate.getTime()),
        'x-amz-security-token': SESSION_TOKEN,
        'x-amz-target': 'AmazonSQS.ReceiveMessage',
      };
      const request = { method: 'POST', path: '/', headers, body };
      const signed = await theirs.sign(
        { ...request, protocol: 'https:', hostname: headers.host, query: {} },
        // The SDK adds the digest of the body as a header, which SQS does not require.
        { signingDate, signableHeaders: new Set(Object.keys(headers)), unsignableHeaders: new Set() },
      );
      const expected = signed.headers['authorization'] ?? '';
      const withDigest = Object.fromEntries(
        Object.entries(signed.headers).filter(([name]) =>
          /SignedHeaders=([^,]+)/.exec(expected)?.[1]?.split(';').includes(name),
        ),
      );
      expect(ours.authorization({ ...request, headers: sorted(withDigest) }, CREDENTIALS), `on ${day}`).toBe(
        expected,
      );
    }
  });
});

it('writes times as SigV4 requires', () => {
  expect(amzDate(Date.UTC(2026, 0, 2, 3, 4, 5, 678))).toBe('20260102T030405Z');
});

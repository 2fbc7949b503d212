import { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { payloadsContract } from '../proof/kit/payloads-contract.ts';
import { S3Server } from '../proof/kit/s3-server.ts';
import { openPayloads, S3Payloads } from './payloads.ts';

const POINTER = { bucket: 'big', key: 'a folder/c71é' };
const NAME = 'big/a folder/c71é';
const never = new AbortController().signal;

// The program reads them from its environment.
beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => vi.unstubAllEnvs());

async function setUp(maxBytes = 1_000) {
  const s3 = await S3Server.start();
  const payloads = await openPayloads({ region: 'us-east-1', endpoint: s3.endpoint, maxBytes });
  return { s3, payloads };
}

payloadsContract('in S3', async (maxBytes) => {
  const { s3, payloads } = await setUp(maxBytes);
  return {
    payloads,
    put(name, object) {
      s3.objects.set(name, object);
    },
    goAway: () => s3[Symbol.asyncDispose](),
    fallSilent(whenAsked) {
      s3.before = () => {
        whenAsked();
        return new Promise(() => {});
      };
    },
    async [Symbol.asyncDispose]() {
      payloads[Symbol.dispose]();
      await s3[Symbol.asyncDispose]();
    },
  };
});

describe('a body in S3', () => {
  test('that is larger than allowed is refused, with its name', async () => {
    const { s3, payloads } = await setUp();
    await using _ = s3;
    using __ = payloads;
    s3.objects.set(NAME, 'x'.repeat(1_001));
    expect(await payloads.fetch(POINTER, never)).toMatchObject({
      refusal: {
        detail:
          'the object "a folder/c71é" in the S3 bucket "big" has more than the 1000 bytes that are allowed',
      },
    });
    expect(s3.requests).toEqual([NAME]);
  });

  test('that is larger than allowed is not read to its end when S3 does not state its size', async () => {
    let read = 0;
    const body = Readable.from(
      (function* () {
        for (; read < 1_000; read += 1) yield Buffer.alloc(600);
      })(),
      { highWaterMark: 1 },
    );
    const get = async () => ({ Body: body, $metadata: {} }) as unknown as GetObjectCommandOutput;
    const payloads = new S3Payloads({ destroy() {} } as S3Client, get, 1_000);
    expect(await payloads.fetch(POINTER, never)).toMatchObject({ refusal: { reason: 'payload_elsewhere' } });
    expect(read).toBeLessThan(10);
    expect(body.destroyed).toBe(true);
  });

  test.each([
    [404, 'NoSuchKey'],
    [404, 'NoSuchBucket'],
    [403, 'AccessDenied'],
    [403, 'InvalidObjectState'],
    [400, 'InvalidBucketName'],
  ])("that S3 will never return is refused with S3's error: %i %s", async (status, code) => {
    const { s3, payloads } = await setUp();
    await using _ = s3;
    using __ = payloads;
    s3.objects.set(NAME, { status, code });
    expect(await payloads.fetch(POINTER, never)).toMatchObject({
      refusal: {
        reason: 'payload_elsewhere',
        detail: expect.stringContaining(`cannot be fetched: ${code} (because)`),
      },
    });
  });

  test.each([
    [503, 'SlowDown'],
    [500, 'InternalError'],
    [429, 'TooManyRequests'],
    [403, 'InvalidAccessKeyId'],
    [400, 'ExpiredToken'],
    [403, 'SignatureDoesNotMatch'],
  ])('is not refused for a transient error: %i %s', async (status, code) => {
    const { s3, payloads } = await setUp();
    await using _ = s3;
    using __ = payloads;
    s3.objects.set(NAME, { status, code });
    await expect(payloads.fetch(POINTER, never)).rejects.toMatchObject({ name: code });
  });
});

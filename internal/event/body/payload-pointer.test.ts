import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from './decode-message.ts';
import { payloadPointerIn, payloadPointerInText } from './payload-pointer.ts';

const NEW = 'software.amazon.payloadoffloading.PayloadS3Pointer';
const OLD = 'com.amazon.sqs.javamessaging.MessageS3Pointer';
const pointer = (name = NEW) => JSON.stringify([name, { s3BucketName: 'big', s3Key: 'c71eb2ae' }]);
const EVENT = '{"event_type":"a","client_id":"c","message":1.50}';
const DECODING = { queue: 'events', mappings: [], maxExpandedBytes: 1_000 };

function decode(body: string, attributes: Record<string, string> = {}, fetched?: string) {
  return decodeMessage({ sqsMessageId: 'sqs-id', body, attributes, systemAttributes: {} }, DECODING, fetched)
    .events;
}

const sns = (Message: string) =>
  JSON.stringify({ Type: 'Notification', TopicArn: 'arn', MessageId: 'sns-id', Message });

describe('a pointer of the extended client', () => {
  test.each([
    ['new', pointer(), {}],
    ['old', pointer(OLD), { SQSLargePayloadSize: '300000' }],
    ['in SNS', sns(pointer()), {}],
    ['for a compressed body', pointer(), { 'content-encoding': 'gzip' }],
    ['for the data of a CloudEvent in binary mode', pointer(), { 'ce-specversion': '1.0' }],
    ['with spaces', ` [ "${NEW}" , { "s3BucketName" : "big", "s3Key" : "c71eb2ae" } ]`, {}],
  ])('is named, with what to do: %s', (_, body, attributes) => {
    const decoded = decode(body, attributes);
    expect(decoded).toMatchObject([
      {
        index: null,
        refusal: {
          reason: 'payload_elsewhere',
          detail:
            'the body is elsewhere, the object "c71eb2ae" in the S3 bucket "big": set S3_POINTERS=true for the processor, and let it read there, to have it fetched',
        },
        elsewhere: { bucket: 'big', key: 'c71eb2ae' },
      },
    ]);
    expect(decoded[0]?.text()).toBe(body);
  });

  test.each([
    ['an event', pointer(), {}, EVENT, ['sqs-id']],
    ['an array', pointer(), {}, `[${EVENT},${EVENT}]`, ['sqs-id-0', 'sqs-id-1']],
    ['an event in SNS', pointer(), {}, sns(EVENT), ['sns-id']],
    ['an event, the pointer in SNS', sns(pointer()), {}, EVENT, ['sns-id']],
    [
      'a compressed event',
      pointer(),
      { 'content-encoding': 'gzip' },
      gzipSync(EVENT).toString('base64'),
      ['sqs-id'],
    ],
  ])('leads to what was fetched: %s', (_, body, attributes, fetched, ids) => {
    const decoded = decode(body, attributes, fetched);
    expect(decoded.map((each) => each.kind === 'event' && each.event.eventId)).toEqual(ids);
    expect(decoded[0]).toMatchObject({ event: { payload: '1.50' } });
    expect(decoded[0]?.text()).toBe(ids.length === 1 ? body : EVENT);
  });

  test('leads to the data of a CloudEvent in binary mode', () => {
    const context = { 'ce-specversion': '1.0', 'ce-source': '/s', 'ce-type': 'a', 'ce-clientid': 'c' };
    expect(decode(pointer(), context, '{"n":1.50}')).toMatchObject([{ event: { payload: '{"n":1.50}' } }]);
  });

  test.each([
    ['Hello World', 'malformed_json', 'the payload in S3 is not JSON'],
    ['{}', 'invalid_envelope', 'event_type: expected a text'],
    [pointer(), 'payload_elsewhere', 'the body is elsewhere'],
  ])('to %s is refused with the body as sent', (fetched, reason, detail) => {
    const [decoded] = decode(pointer(), {}, fetched);
    expect(decoded).toMatchObject({ refusal: { reason, detail: expect.stringContaining(detail) } });
    expect(decoded?.text()).toBe(pointer());
  });

  test('says what holding what was fetched takes', () => {
    const message = { sqsMessageId: 'm', body: pointer(), attributes: {}, systemAttributes: {} };
    expect(decodeMessage(message, DECODING, EVENT).bytes).toBe(pointer().length + EVENT.length);
  });
});

test.each([
  [NEW],
  [NEW, {}],
  [NEW, null],
  [NEW, { s3BucketName: 'b', s3Key: '' }],
  [NEW, { s3BucketName: 'b', s3Key: 5 }],
  [NEW, { s3BucketName: 'x'.repeat(256), s3Key: 'k' }],
  [NEW, { s3BucketName: 'b', s3Key: '\ud800' }],
  ['other', { s3BucketName: 'b', s3Key: 'k' }],
  [NEW, { s3BucketName: 'b', s3Key: 'k' }, 1],
  { 0: NEW },
  'text',
])('%j is no pointer', (value) => {
  expect(payloadPointerIn(value)).toBeUndefined();
  expect(payloadPointerInText(JSON.stringify(value))).toBeUndefined();
});

test.each(['', '[', `["${NEW}",`, `["${NEW}",{}] and more`, `["${NEW}"${' '.repeat(20_000)}]`])(
  '%j has no pointer in it',
  (text) => {
    expect(payloadPointerInText(text)).toBeUndefined();
  },
);

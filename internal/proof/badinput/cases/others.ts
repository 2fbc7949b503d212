import { type Category, rejected, sns } from '../case.ts';
import { BLOB, bridged, charge, ORDER, ORDERED, PUSH, PUSHED, THIN } from '../foreign-documents.ts';
import { MARK, of, taken, takenBefore } from '../mappings.ts';

const BY_HAND = {
  kind: 'by hand',
  customer: 'client-3',
  number: 5,
  version: 2,
  from: 'hands',
  at: 1_796_000_000_000,
  body: [1],
};

export const OTHERS: Category = {
  title: 'What others send',
  rule: 'These are also handled by mappings. A message that belongs to the setup of a service is a `control_message`, and the detail says what it is. A pointer of the SQS extended client is `payload_elsewhere`, unless the payload is fetched.',
  cases: [
    {
      ...of(
        'Stripe, redelivered',
        charge(0),
        takenBefore(
          'stripe',
          { object: { id: 'ch_1', amount: 1999 } },
          {
            eventType: 'charge.succeeded',
            source: 'stripe',
            eventId: 'evt_1',
            occurredAt: '2026-11-30 00:53:20',
          },
        ),
      ),
      earlier: charge(1),
      earlierAttributes: MARK,
    },
    of(
      'a thin event from Stripe',
      JSON.stringify(THIN),
      taken('stripe', THIN, {
        eventType: THIN.type,
        source: 'stripe',
        eventId: 'evt_2',
        occurredAt: '2026-09-17 06:20:52.246',
      }),
    ),
    of(
      'GitHub',
      JSON.stringify(PUSH),
      taken(
        'github',
        PUSH,
        {
          eventType: 'push',
          source: 'octo/hello',
          eventId: PUSHED['X-GitHub-Delivery'],
        },
        PUSHED,
      ),
      PUSHED,
    ),
    of(
      'Shopify',
      JSON.stringify(ORDER),
      taken(
        'shopify',
        ORDER,
        {
          eventType: 'orders/create',
          source: 'shop.myshopify.com',
          eventId: ORDERED['X-Shopify-Webhook-Id'],
          occurredAt: '2026-03-29 18:00:27.877041',
        },
        ORDERED,
      ),
      ORDERED,
    ),
    of(
      'Shopify through EventBridge',
      JSON.stringify(
        bridged('shopifyWebhook', 'aws.partner/shopify.com/1/s', 'mapped-eb-4', {
          payload: ORDER,
          metadata: { ...ORDERED, 'X-Shopify-Webhook-Id': 'mapped-shopify' },
        }),
      ),
      taken('shopify', ORDER, {
        eventType: 'orders/create',
        source: 'shop.myshopify.com',
        eventId: 'mapped-shopify',
        occurredAt: '2026-03-29 18:00:27.877041',
      }),
    ),
    of('Event Grid', JSON.stringify([BLOB]), [
      taken('event-grid', BLOB, {
        eventType: BLOB.eventType,
        source: '/subscriptions/0',
        eventId: 'mapped-grid',
        occurredAt: '2026-11-18 15:13:39.458925',
      }),
    ]),
    of(
      'a custom mapping',
      JSON.stringify(BY_HAND),
      taken('by-hand', [1], {
        source: 'hands',
        eventId: '5-2',
        occurredAt: '2026-11-30 00:53:20',
      }),
    ),
    of(
      'a custom mapping without a client',
      JSON.stringify({ ...BY_HAND, customer: null }),
      rejected('invalid_envelope', 'mapping by-hand: client: /customer leads to nothing that can be one', {
        eventId: '5-2',
        tenantId: 'default',
      }),
    ),
    of(
      'a custom mapping with an unregistered client',
      JSON.stringify({ ...BY_HAND, customer: 'nobody', number: 6 }),
      rejected('unknown_client', 'client "nobody" is not registered in tenant "default"', { eventId: '6-2' }),
    ),
    of(
      'a custom mapping with another tenant',
      JSON.stringify({ ...BY_HAND, owner: 'other', number: 7 }),
      rejected('unknown_client', 'client "client-3" is not registered in tenant "other"'),
    ),
    of(
      'a plain event without a client, which no mapping changes',
      '{"event_type":"user-app","message":1,"kind":"by hand"}',
      rejected('invalid_envelope', 'client_id: expected a text of 1 to 128 characters, it is missing'),
    ),
    of(
      'a service without a mapping',
      '{"kind":"unknown"}',
      rejected('invalid_envelope', 'and no mapping takes it (admin mapping presets)'),
    ),
    of(
      's3:TestEvent',
      '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in-bucket"}',
      rejected('control_message', 'S3 tests the event notifications of the bucket "in-bucket"'),
    ),
    of(
      'a subscription that must be confirmed',
      '{"Type":"SubscriptionConfirmation","TopicArn":"arn:aws:sns:us-east-1:1:t","Token":"x","Message":"m","SubscribeURL":"https://sns.us-east-1.amazonaws.com/?x"}',
      rejected('control_message', 'confirm it with "aws sns confirm-subscription"'),
    ),
    of(
      'a subscription that ended',
      '{"Type":"UnsubscribeConfirmation","TopicArn":"arn","Token":"x","SubscribeURL":"https://evil.example/"}',
      rejected('control_message', 'at evil.example, which is not theirs: do not open it'),
    ),
    of(
      'SES testing its topic',
      sns('Successfully validated SNS topic for Amazon SES event publishing.'),
      rejected('control_message', 'SES tests the SNS topic'),
    ),
    of(
      'a ping from GitHub',
      '{"zen":"Design for failure.","hook_id":1}',
      rejected('control_message', 'GitHub tests a webhook'),
      {
        'X-GitHub-Event': 'ping',
      },
    ),
    ...[
      'software.amazon.payloadoffloading.PayloadS3Pointer',
      'com.amazon.sqs.javamessaging.MessageS3Pointer',
    ].map((name) =>
      of(
        `a pointer of the extended client: ${name}`,
        JSON.stringify([name, { s3BucketName: 'big', s3Key: 'c71eb2ae' }]),
        rejected('payload_elsewhere', 'the object "c71eb2ae" in the S3 bucket "big": set S3_POINTERS=true'),
      ),
    ),
  ],
};

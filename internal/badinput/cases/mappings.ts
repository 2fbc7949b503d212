import type { MappingDefinition } from '../../event/mapping.ts';
import { MAPPING_PRESETS, mappingOf } from '../../event/mapping-presets.ts';
import {
  type BadInput,
  type Category,
  cloud,
  eventBridge,
  type MessageAttribute,
  type Outcome,
  plain,
  rejected,
  type StoredRow,
  sns,
  stored,
} from '../case.ts';

/** What says of a message here that it is for the mappings: those of other categories must not be taken by one. */
const MARK = { of: { DataType: 'String', StringValue: 'others' } };
const MARKED = { '@of': 'others' };

/** Registered for the cases: every preset, and some of our own. */
export const MAPPINGS: readonly MappingDefinition[] = [
  ...Object.entries(MAPPING_PRESETS).map(([name, preset]) =>
    mappingOf(name, { match: MARKED, ...(preset.event === undefined ? { client: 'client-3' } : {}) }, preset),
  ),
  mappingOf('by-hand', {
    match: { ...MARKED, '/kind': 'by hand' },
    type: 'user-app',
    client: '/customer',
    tenant: '/owner | default',
    id: '{/number}-{/version}',
    source: '/from',
    time: '/at',
    payload: '/body',
  }),
];

/** Event types that the services themselves name. */
export const FOREIGN_TYPES = [
  'ObjectCreated:Put',
  'ObjectRemoved:Delete',
  'Object Created',
  'Scheduled Event',
  'Bounce',
  'Open',
  'CloudWatch Alarm State Change',
  'charge.succeeded',
  'v1.billing.meter.error_report_triggered',
  'push',
  'orders/create',
  'Microsoft.Storage.BlobCreated',
] as const;

/** As PostgreSQL writes jsonb: shorter keys first. */
function jsonb(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonb).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}: ${jsonb(each)}`).join(', ')}}`;
}

const of = (
  name: string,
  body: string,
  outcome: BadInput['outcome'],
  headers: Record<string, string> = {},
): BadInput => ({
  name,
  body,
  attributes: { ...MARK, ...attributesOf(headers) },
  outcome,
});

function attributesOf(headers: Record<string, string>): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
}

function taken(
  mapping: string,
  payload: unknown,
  row: Partial<StoredRow>,
  headers: Record<string, string> = {},
): Outcome {
  return stored(jsonb(payload), {
    attributes: `{"mapping": "${mapping}"}`,
    sqsAttributes: jsonb({ ...headers, of: 'others' }),
    ...row,
  });
}

const BUCKET = { name: 'in-bucket', arn: 'arn:aws:s3:::in-bucket' };
const record = (key: string, sequencer: string, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-east-1',
  eventTime: '2026-11-20T08:00:00.000Z',
  eventName,
  s3: { s3SchemaVersion: '1.0', bucket: BUCKET, object: { key, size: 12, sequencer } },
});
const records = (...all: object[]) => JSON.stringify({ Records: all });
const recordRow = (key: string, sequencer: string, eventType = 'ObjectCreated:Put') => ({
  eventType,
  source: BUCKET.arn,
  eventId: `in-bucket/${key}/${sequencer}/${eventType}`,
  occurredAt: '2026-11-20 08:00:00',
});

const bridged = (
  detailType: string,
  source: string,
  id: string,
  detail: unknown,
  resources: string[] = [],
) => ({
  version: '0',
  id,
  'detail-type': detailType,
  source,
  account: '111122223333',
  time: '2026-11-20T00:00:00Z',
  region: 'us-east-1',
  resources,
  detail,
});
const S3_CREATED = bridged('Object Created', 'aws.s3', 'mapped-eb-1', {
  bucket: { name: 'b' },
  object: { key: 'k' },
});
const SCHEDULED = bridged('Scheduled Event', 'aws.events', 'mapped-eb-2', {}, [
  'arn:aws:events:us-east-1:1:rule/r',
]);
const ALARM = {
  AlarmName: 'a',
  AlarmArn: 'arn:aws:cloudwatch:us-east-1:1:alarm:a',
  NewStateValue: 'ALARM',
  OldStateValue: 'OK',
  StateChangeTime: '2026-11-08T16:53:06.000+0000',
};
const ALARM_CHANGED = bridged(
  'CloudWatch Alarm State Change',
  'aws.cloudwatch',
  'mapped-eb-3',
  { alarmName: 'a', state: { value: 'ALARM' }, previousState: { value: 'OK' } },
  ['arn:aws:cloudwatch:us-east-1:1:alarm:a'],
);
const BOUNCE = {
  notificationType: 'Bounce',
  bounce: { bounceType: 'Permanent', feedbackId: 'feedback-1', timestamp: '2026-11-20T10:00:01.000Z' },
  mail: {
    timestamp: '2026-11-20T10:00:00.000Z',
    messageId: 'mail-1',
    sourceArn: 'arn:aws:ses:us-east-1:1:identity/e.com',
  },
};
const OPENED = {
  eventType: 'Open',
  mail: { timestamp: '2026-11-20T10:00:00.000Z', messageId: 'mail-2', source: 'a@e.com' },
  open: { timestamp: '2026-11-20T10:05:00.000Z', ipAddress: '192.0.2.1' },
};
const lambda = (responsePayload: unknown, condition = 'Success') =>
  JSON.stringify({
    version: '1.0',
    timestamp: '2026-11-14T18:16:05.568Z',
    requestContext: {
      requestId: 'mapped-lambda',
      functionArn: 'arn:aws:lambda:us-east-1:1:function:f',
      condition,
    },
    requestPayload: {},
    responseContext: { statusCode: 200 },
    responsePayload,
  });
const charge = (pending: number) =>
  JSON.stringify({
    id: 'evt_1',
    object: 'event',
    api_version: '2026-01-01',
    created: 1_796_000_000,
    type: 'charge.succeeded',
    data: { object: { id: 'ch_1', amount: 1999 } },
    livemode: false,
    pending_webhooks: pending,
  });
const THIN = {
  id: 'evt_2',
  object: 'v2.core.event',
  type: 'v1.billing.meter.error_report_triggered',
  livemode: false,
  created: '2026-09-17T06:20:52.246Z',
  related_object: { id: 'mtr_1', type: 'billing.meter' },
};
const PUSH = { ref: 'refs/heads/main', repository: { full_name: 'octo/hello' }, commits: [] };
const PUSHED = { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' };
const ORDER = { id: 820_982, total_price: '199.00' };
const ORDERED = {
  'X-Shopify-Topic': 'orders/create',
  'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
  'X-Shopify-Shop-Domain': 'shop.myshopify.com',
  'X-Shopify-Triggered-At': '2026-03-29T18:00:27.877041743Z',
};
const BLOB = {
  id: 'mapped-grid',
  topic: '/subscriptions/0',
  subject: 'blobServices/default/containers/c/blobs/b',
  eventType: 'Microsoft.Storage.BlobCreated',
  eventTime: '2026-11-18T15:13:39.4589254Z',
  data: { api: 'PutBlob' },
  dataVersion: '',
  metadataVersion: '1',
};
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
  rule: 'JSON that is neither a CloudEvent nor a plain event is taken by the first mapping that matches, at the innermost level that one does; see [mappings.md](mappings.md). What is part of setting something up is a `control_message`, and told for what it is. A pointer of the SQS extended client is `payload_elsewhere`, unless it is fetched.',
  cases: [
    of('S3', records(record('a%20b.csv', '0055AED6')), [
      taken('s3', record('a%20b.csv', '0055AED6'), recordRow('a%20b.csv', '0055AED6')),
    ]),
    of(
      'S3 through SNS, several records',
      sns(
        records(record('c', '01'), record('c', '02', 'ObjectRemoved:Delete'), record('c', '03', 'Other')),
        'mapped-sns',
      ),
      [
        taken('s3', record('c', '01'), recordRow('c', '01')),
        taken('s3', record('c', '02', 'ObjectRemoved:Delete'), recordRow('c', '02', 'ObjectRemoved:Delete')),
        rejected('unknown_event_type', 'event type "Other" is not registered', {
          eventId: 'in-bucket/c/03/Other',
          clientId: 'client-3',
          body: records(record('c', '03', 'Other')),
        }),
      ],
    ),
    {
      ...of('S3 once more, by another message', sns(records(record('d', '01'))), [
        {
          kind: 'duplicate',
          row: (taken('s3', record('d', '01'), recordRow('d', '01')) as Outcome & { row: StoredRow }).row,
        },
      ]),
      earlier: records(record('d', '01')),
      earlierAttributes: MARK,
    },
    of('S3 without a sequencer', records({ ...record('e', ''), eventName: 'ObjectRemoved:Delete' }), [
      taken(
        's3',
        { ...record('e', ''), eventName: 'ObjectRemoved:Delete' },
        {
          ...recordRow('e', '', 'ObjectRemoved:Delete'),
          eventId: null,
        },
      ),
    ]),
    of(
      'EventBridge',
      JSON.stringify(S3_CREATED),
      taken('eventbridge', S3_CREATED, {
        eventType: 'Object Created',
        source: 'aws.s3',
        eventId: 'mapped-eb-1',
        occurredAt: '2026-11-20 00:00:00',
      }),
    ),
    of(
      'EventBridge around one of our events',
      eventBridge(plain('1'), 'mapped-eb-0'),
      stored('1', {
        eventId: 'mapped-eb-0',
        sqsAttributes: '{"of": "others"}',
      }),
    ),
    of(
      'a scheduled rule',
      JSON.stringify(SCHEDULED),
      taken('scheduled-rule', SCHEDULED, {
        eventType: 'Scheduled Event',
        source: 'arn:aws:events:us-east-1:1:rule/r',
        eventId: 'mapped-eb-2',
        occurredAt: '2026-11-20 00:00:00',
      }),
    ),
    of(
      'SES through SNS',
      sns(JSON.stringify(BOUNCE), 'mapped-ses'),
      taken('ses', BOUNCE, {
        eventType: 'Bounce',
        source: 'arn:aws:ses:us-east-1:1:identity/e.com',
        eventId: 'notification/Bounce/feedback-1',
        occurredAt: '2026-11-20 10:00:01',
      }),
    ),
    of(
      'SES of what has no id',
      sns(JSON.stringify(OPENED), 'mapped-open'),
      taken('ses', OPENED, {
        eventType: 'Open',
        source: 'a@e.com',
        eventId: 'mapped-open',
        occurredAt: '2026-11-20 10:05:00',
      }),
    ),
    of(
      'a Lambda destination',
      lambda(JSON.parse(plain('1'))),
      stored('1', {
        eventId: 'mapped-lambda',
        sqsAttributes: '{"of": "others"}',
      }),
    ),
    of(
      'a Lambda destination with a text of a CloudEvent',
      lambda(cloud('"id":"mapped-cloud","data":1')),
      stored('1', {
        source: '/shop',
        eventId: 'mapped-cloud',
        sqsAttributes: '{"of": "others"}',
      }),
    ),
    of(
      'a Lambda destination with no event',
      lambda(null),
      rejected('invalid_envelope', 'mapping lambda-destination: event: /responsePayload leads nowhere'),
    ),
    of(
      'a Lambda destination after a failure',
      lambda(JSON.parse(plain('1')), 'RetriesExhausted'),
      rejected('invalid_envelope', 'and no mapping takes it (admin mapping presets)'),
    ),
    of(
      'a CloudWatch alarm through SNS',
      sns(JSON.stringify(ALARM), 'mapped-alarm'),
      taken('cloudwatch-alarm', ALARM, {
        eventType: 'CloudWatch Alarm State Change',
        source: ALARM.AlarmArn,
        eventId: 'mapped-alarm',
        occurredAt: '2026-11-08 16:53:06',
      }),
    ),
    of(
      'a CloudWatch alarm through EventBridge',
      JSON.stringify(ALARM_CHANGED),
      taken('cloudwatch-alarm', ALARM_CHANGED, {
        eventType: 'CloudWatch Alarm State Change',
        source: ALARM.AlarmArn,
        eventId: 'mapped-eb-3',
        occurredAt: '2026-11-20 00:00:00',
      }),
    ),
    {
      ...of('Stripe, delivered again', charge(0), {
        kind: 'duplicate',
        row: (
          taken(
            'stripe',
            { object: { id: 'ch_1', amount: 1999 } },
            {
              eventType: 'charge.succeeded',
              source: 'stripe',
              eventId: 'evt_1',
              occurredAt: '2026-11-30 00:53:20',
            },
          ) as Outcome & { row: StoredRow }
        ).row,
      }),
      earlier: charge(1),
      earlierAttributes: MARK,
    },
    of(
      'a thin event of Stripe',
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
      'one of our own',
      JSON.stringify(BY_HAND),
      taken('by-hand', [1], {
        source: 'hands',
        eventId: '5-2',
        occurredAt: '2026-11-30 00:53:20',
      }),
    ),
    of(
      'one of our own without a client',
      JSON.stringify({ ...BY_HAND, customer: null }),
      rejected('invalid_envelope', 'mapping by-hand: client: /customer leads to nothing that can be one', {
        eventId: '5-2',
        tenantId: 'default',
      }),
    ),
    of(
      'one of our own for a client that is not registered',
      JSON.stringify({ ...BY_HAND, customer: 'nobody', number: 6 }),
      rejected('unknown_client', 'client "nobody" is not registered in tenant "default"', { eventId: '6-2' }),
    ),
    of(
      'one of our own for another tenant',
      JSON.stringify({ ...BY_HAND, owner: 'other', number: 7 }),
      rejected('unknown_client', 'client "client-3" is not registered in tenant "other"'),
    ),
    of(
      'a plain event without a client, which no mapping mends',
      '{"event_type":"user-app","message":1,"kind":"by hand"}',
      rejected('invalid_envelope', 'client_id: expected a text of 1 to 128 characters, it is missing'),
    ),
    of(
      'a service that no mapping is for',
      '{"kind":"unknown"}',
      rejected('invalid_envelope', 'and no mapping takes it (admin mapping presets)'),
    ),
    of(
      's3:TestEvent',
      '{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"in-bucket"}',
      rejected('control_message', 'S3 tests the event notifications of the bucket "in-bucket"'),
    ),
    of(
      'a subscription that waits to be confirmed',
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
      'a ping of GitHub',
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

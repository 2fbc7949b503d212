import { expect, test } from 'vitest';
import { controlMessageIn } from './control-message.ts';
import { decodeBody } from '../body/envelope.ts';

const SUBSCRIPTION = {
  Type: 'SubscriptionConfirmation',
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  Token: '2336412f37',
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
  Message: 'You have chosen to subscribe to the topic …',
  SubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37',
  Timestamp: '2012-04-26T20:45:04.751Z',
};
const sns = (Message: string) => ({ Type: 'Notification', TopicArn: 'arn', MessageId: 'm', Message });

const S3_TEST = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2026-11-20T08:00:00.000Z',
  Bucket: 'in-bucket',
  RequestId: 'AAAA1111BBBB2222',
  HostId: 'h0st',
};
const GRID = {
  id: '1',
  topic: '/subscriptions/0',
  subject: '',
  data: {
    validationCode: '512d38b6',
    validationUrl: 'https://rp-eastus2.eventgrid.azure.net:553/validate?id=1',
  },
  eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
  eventTime: '2026-01-25T22:12:19.4556811Z',
  metadataVersion: '1',
  dataVersion: '1',
};

test.each([
  [
    SUBSCRIPTION,
    'asks to confirm the subscription of this queue to the topic "arn:aws:sns:us-west-2:123456789012:MyTopic"',
  ],
  [SUBSCRIPTION, 'open its SubscribeURL, at sns.us-west-2.amazonaws.com; then discard'],
  [
    { ...SUBSCRIPTION, SubscribeURL: 'https://evil.example/?x' },
    'at evil.example, which is not theirs: do not open it',
  ],
  [{ ...SUBSCRIPTION, SubscribeURL: 'https://amazonaws.com.evil.example/' }, 'which is not theirs'],
  [{ ...SUBSCRIPTION, SubscribeURL: 'http://sns.us-west-2.amazonaws.com/' }, 'which is not theirs'],
  [{ ...SUBSCRIPTION, SubscribeURL: 'nowhere' }, 'open its SubscribeURL, which is missing'],
  [
    { ...SUBSCRIPTION, Type: 'UnsubscribeConfirmation' },
    'says that the subscription of this queue to the topic',
  ],
  [S3_TEST, 'S3 tests the event notifications of the bucket "in-bucket": they reach this queue'],
  [{ Event: 's3:TestEvent' }, 'of the bucket (it is missing)'],
  [sns(JSON.stringify(S3_TEST)), 'S3 tests the event notifications'],
  [{ Event: 'autoscaling:TEST_NOTIFICATION', AutoScalingGroupName: 'g' }, 'notifications of the group "g"'],
  [sns('Successfully validated SNS topic for Amazon SES event publishing.'), 'SES tests the SNS topic'],
  [
    sns(JSON.stringify({ notificationType: 'AmazonSnsSubscriptionSucceeded', message: 'You have …' })),
    'SES tests the SNS topic',
  ],
  [GRID, 'Event Grid asks to validate a subscription'],
  [GRID, 'open its validationUrl, at rp-eastus2.eventgrid.azure.net; then'],
  [{ ...GRID, data: null }, 'open its validationUrl, which is missing'],
  [{ zen: 'Design for failure.', hook_id: 1, hook: {} }, 'GitHub tests a webhook'],
])('%j is answered for what it is', (body, detail) => {
  expect(decodeBody(JSON.stringify(body), 'sqs-id')).toMatchObject([
    { index: null, refusal: { reason: 'control_message', detail: expect.stringContaining(detail) } },
  ]);
});

test('one among the elements of an array is answered for itself', () => {
  expect(
    decodeBody(JSON.stringify([GRID, { event_type: 'a', client_id: 'c', message: 1 }]), 'x'),
  ).toMatchObject([
    { index: 0, refusal: { reason: 'control_message' } },
    { index: 1, kind: 'event' },
  ]);
});

test('what a bad name holds is not told at length, nor does it break the detail', () => {
  const [decoded] = decodeBody(
    JSON.stringify({ Event: 's3:TestEvent', Bucket: `\u0000${'x'.repeat(5_000)}` }),
    'x',
  );
  expect(decoded).toMatchObject({ refusal: { detail: expect.stringMatching(/^S3 tests .{0,300}$/) } });
});

test.each([
  null,
  'text',
  [],
  {},
  { Type: 'SubscriptionConfirmation' },
  { Type: 'SubscriptionConfirmation', TopicArn: 'arn' },
  { ...SUBSCRIPTION, Type: 'Notification' },
  { Event: 's3:ObjectCreated:Put' },
  sns('Successfully validated SNS topic'),
  { ...GRID, eventType: 'Microsoft.Storage.BlobCreated' },
  { zen: 'x' },
])('%j is none', (value) => {
  expect(controlMessageIn(value)).toBeUndefined();
});

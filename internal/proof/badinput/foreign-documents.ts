// Messages of other services in the formats of their documentation, reduced to their distinguishing parts.

export const BUCKET = { name: 'in-bucket', arn: 'arn:aws:s3:::in-bucket' };
export const record = (key: string, sequencer: string, eventName = 'ObjectCreated:Put') => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-east-1',
  eventTime: '2026-11-20T08:00:00.000Z',
  eventName,
  s3: { s3SchemaVersion: '1.0', bucket: BUCKET, object: { key, size: 12, sequencer } },
});
export const records = (...all: object[]) => JSON.stringify({ Records: all });
export const bridged = (
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
export const S3_CREATED = bridged('Object Created', 'aws.s3', 'mapped-eb-1', {
  bucket: { name: 'b' },
  object: { key: 'k' },
});
export const SCHEDULED = bridged('Scheduled Event', 'aws.events', 'mapped-eb-2', {}, [
  'arn:aws:events:us-east-1:1:rule/r',
]);
export const ALARM = {
  AlarmName: 'a',
  AlarmArn: 'arn:aws:cloudwatch:us-east-1:1:alarm:a',
  NewStateValue: 'ALARM',
  OldStateValue: 'OK',
  StateChangeTime: '2026-11-08T16:53:06.000+0000',
};
export const ALARM_CHANGED = bridged(
  'CloudWatch Alarm State Change',
  'aws.cloudwatch',
  'mapped-eb-3',
  { alarmName: 'a', state: { value: 'ALARM' }, previousState: { value: 'OK' } },
  ['arn:aws:cloudwatch:us-east-1:1:alarm:a'],
);
export const BOUNCE = {
  notificationType: 'Bounce',
  bounce: { bounceType: 'Permanent', feedbackId: 'feedback-1', timestamp: '2026-11-20T10:00:01.000Z' },
  mail: {
    timestamp: '2026-11-20T10:00:00.000Z',
    messageId: 'mail-1',
    sourceArn: 'arn:aws:ses:us-east-1:1:identity/e.com',
  },
};
export const OPENED = {
  eventType: 'Open',
  mail: { timestamp: '2026-11-20T10:00:00.000Z', messageId: 'mail-2', source: 'a@e.com' },
  open: { timestamp: '2026-11-20T10:05:00.000Z', ipAddress: '192.0.2.1' },
};
export const lambda = (responsePayload: unknown, condition = 'Success') =>
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
export const charge = (pending: number) =>
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
export const THIN = {
  id: 'evt_2',
  object: 'v2.core.event',
  type: 'v1.billing.meter.error_report_triggered',
  livemode: false,
  created: '2026-09-17T06:20:52.246Z',
  related_object: { id: 'mtr_1', type: 'billing.meter' },
};
export const PUSH = { ref: 'refs/heads/main', repository: { full_name: 'octo/hello' }, commits: [] };
export const PUSHED = {
  'X-GitHub-Event': 'push',
  'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
};
export const ORDER = { id: 820_982, total_price: '199.00' };
export const ORDERED = {
  'X-Shopify-Topic': 'orders/create',
  'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
  'X-Shopify-Shop-Domain': 'shop.myshopify.com',
  'X-Shopify-Triggered-At': '2026-03-29T18:00:27.877041743Z',
};
export const BLOB = {
  id: 'mapped-grid',
  topic: '/subscriptions/0',
  subject: 'blobServices/default/containers/c/blobs/b',
  eventType: 'Microsoft.Storage.BlobCreated',
  eventTime: '2026-11-18T15:13:39.4589254Z',
  data: { api: 'PutBlob' },
  dataVersion: '',
  metadataVersion: '1',
};

import type { MappingDefinition } from './mapping.ts';

/** A mapping for what a well-known service sends, but for where it is to go. */
export interface MappingPreset extends Partial<Omit<MappingDefinition, 'name'>> {
  readonly match: MappingDefinition['match'];
  /** What it takes, a sentence's end. */
  readonly takes: string;
}

/**
 * Ids are those by which the service itself knows the event or its delivery, so that a redelivery is a duplicate; where it has
 * none, the id of SNS or SQS stays. Payloads are all that the service sent, but for what it changes from one delivery to the
 * next: the same event again must not look like another.
 */
export const MAPPING_PRESETS: Readonly<Record<string, MappingPreset>> = {
  s3: {
    takes: 'S3 event notifications, direct or through SNS, each record an event',
    match: { '/Records/0/s3/bucket/name': null, '/Records/0/s3/object/key': null },
    each: '/Records',
    type: '/eventName',
    // Without a sequencer, which not every kind of event has, an object's events cannot be told apart.
    id: '{/s3/bucket/name}/{/s3/object/key}/{/s3/object/sequencer}/{/eventName}',
    source: '/s3/bucket/arn | /s3/bucket/name',
    time: '/eventTime',
  },
  eventbridge: {
    takes: 'EventBridge events of any detail-type, unless another mapping takes them',
    priority: 200,
    match: { '/detail-type': null, '/source': null, '/detail': null },
    type: '/detail-type',
    id: '/id',
    source: '/source',
    time: '/time',
  },
  'scheduled-rule': {
    takes: 'events of scheduled rules of EventBridge, and of its Scheduler',
    match: { '/detail-type': 'Scheduled Event' },
    type: '/detail-type',
    id: '/id',
    source: '/resources/0 | /source',
    time: '/time',
  },
  ses: {
    takes: 'SES notifications and events about mail, through SNS, EventBridge, or as they are',
    match: { '/mail/messageId': null, '/notificationType | /eventType': null },
    type: '/notificationType | /eventType',
    // Others of one mail have no id: times are not enough, two recipients may open it in the same millisecond.
    id: 'notification/{/notificationType}/{/bounce/feedbackId} | notification/{/notificationType}/{/complaint/feedbackId} | event/{/eventType}/{/bounce/feedbackId} | event/{/eventType}/{/complaint/feedbackId}',
    source: '/mail/sourceArn | /mail/source | ses',
    time: '/bounce/timestamp | /complaint/timestamp | /delivery/timestamp | /deliveryDelay/timestamp | /open/timestamp | /click/timestamp | /subscription/timestamp | /mail/timestamp',
  },
  'lambda-destination': {
    takes: 'results of Lambda functions that are events themselves, as their destination on success',
    match: { '/requestContext/functionArn': null, '/requestContext/condition': 'Success' },
    event: '/responsePayload',
    id: '/requestContext/requestId',
  },
  'cloudwatch-alarm': {
    takes: 'changes of CloudWatch alarms, through SNS or EventBridge',
    match: { '/AlarmName | /detail/alarmName': null, '/NewStateValue | /detail/state/value': null },
    type: '/detail-type | CloudWatch Alarm State Change',
    id: '/id',
    source: '/AlarmArn | /resources/0 | /AlarmName',
    time: '/StateChangeTime | /time',
  },
  stripe: {
    takes: 'Stripe events, snapshots and thin ones',
    match: { '/object': 'event | v2.core.event', '/id': null, '/type': null },
    type: '/type',
    id: '/id',
    source: '/account | /context | stripe',
    time: '/created',
    // Around the data stands pending_webhooks, which is another number in each delivery.
    payload: '/data | #',
  },
  github: {
    takes: 'GitHub webhooks, with the headers X-GitHub-Event and X-GitHub-Delivery as message attributes',
    match: { '@X-GitHub-Event': null },
    type: '@X-GitHub-Event',
    id: '@X-GitHub-Delivery',
    source: '/repository/full_name | /organization/login | /sender/login | github',
  },
  shopify: {
    takes: 'Shopify webhooks, with the headers X-Shopify-… as message attributes, or through EventBridge',
    match: { '@X-Shopify-Topic | /metadata/X-Shopify-Topic': null },
    type: '@X-Shopify-Topic | /metadata/X-Shopify-Topic',
    id: '@X-Shopify-Webhook-Id | /metadata/X-Shopify-Webhook-Id',
    source: '@X-Shopify-Shop-Domain | /metadata/X-Shopify-Shop-Domain | shopify',
    time: '@X-Shopify-Triggered-At | /metadata/X-Shopify-Triggered-At',
    payload: '/payload | #',
  },
  'event-grid': {
    takes: "events in Azure Event Grid's own schema, one or an array",
    match: { '/eventType': null, '/eventTime': null, '/id': null, '/subject': null },
    type: '/eventType',
    id: '/id',
    source: '/topic | event-grid',
    time: '/eventTime',
  },
};

const NOTHING = {
  priority: 100,
  queue: null,
  each: null,
  event: null,
  type: null,
  client: null,
  tenant: null,
  id: null,
  source: null,
  time: null,
  deliverAfter: null,
  payload: null,
} as const;

/** A mapping of that name, of what is given and a preset, where there is one; what is given counts. */
export function mappingOf(
  name: string,
  given: Partial<Omit<MappingDefinition, 'name'>>,
  preset?: MappingPreset,
): MappingDefinition {
  const { takes: _, ...ofPreset } = preset ?? { takes: '' };
  return { ...NOTHING, ...ofPreset, ...given, match: { ...preset?.match, ...given.match }, name };
}

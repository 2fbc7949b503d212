import { type Category, cloud, eventBridge, plain, rejected, sns, stored } from '../case.ts';
import {
  ALARM,
  ALARM_CHANGED,
  BOUNCE,
  BUCKET,
  lambda,
  OPENED,
  record,
  records,
  S3_CREATED,
  SCHEDULED,
} from '../foreign-documents.ts';
import { MARK, of, taken, takenBefore } from '../mappings.ts';

const recordRow = (key: string, sequencer: string, eventType = 'ObjectCreated:Put') => ({
  eventType,
  source: BUCKET.arn,
  eventId: `in-bucket/${key}/${sequencer}/${eventType}`,
  occurredAt: '2026-11-20 08:00:00',
});

export const AWS: Category = {
  title: 'What AWS services send',
  rule: 'JSON that is neither a CloudEvent nor a plain event goes to the first mapping that matches, at the innermost level at which one matches: see [mappings.md](mappings.md).',
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
      ...of('S3, redelivered in another message', sns(records(record('d', '01'))), [
        takenBefore('s3', record('d', '01'), recordRow('d', '01')),
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
      'SES without an id',
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
      'a Lambda destination with a CloudEvent as text',
      lambda(cloud('"id":"mapped-cloud","data":1')),
      stored('1', {
        source: '/shop',
        eventId: 'mapped-cloud',
        sqsAttributes: '{"of": "others"}',
      }),
    ),
    of(
      'a Lambda destination without an event',
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
  ],
};

import { got } from '../names.ts';
import { storableText } from '../storable.ts';
import type { Members } from '../event-or-refusal.ts';

const MAX_NAMED = 200;

/**
 * What a message is, and what to do, where it is none of anybody's events but part of setting something up; undefined where it
 * is something else. Nothing is done about any of them here: what a URL in a message does, its sender decides.
 */
export function controlMessageIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = value as Members;
  return (
    subscription(members) ??
    testEvent(members) ??
    emailService(members) ??
    gridValidation(members) ??
    githubPing(members)
  );
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function subscription(members: Members): string | undefined {
  const { Type: type, TopicArn: topic } = members;
  if (typeof topic !== 'string' || members['Token'] === undefined) return undefined;
  if (type === 'SubscriptionConfirmation')
    return `SNS asks to confirm the subscription of this queue to the topic ${quoted(topic)}: if you want it, confirm it with "aws sns confirm-subscription" and the Token in this body, or open its SubscribeURL, ${hostOf(members['SubscribeURL'])}; then discard this rejection`;
  if (type === 'UnsubscribeConfirmation')
    return `SNS says that the subscription of this queue to the topic ${quoted(topic)} ended: if that was not meant, subscribe again with the SubscribeURL in this body, ${hostOf(members['SubscribeURL'])}; then discard this rejection`;
  return undefined;
}

/** S3 sends one when a notification is set up, Auto Scaling one for each notification configuration. */
function testEvent(members: Members): string | undefined {
  if (members['Event'] === 's3:TestEvent')
    return `S3 tests the event notifications of the bucket ${quoted(members['Bucket'])}: they reach this queue; discard this rejection`;
  if (members['Event'] === 'autoscaling:TEST_NOTIFICATION')
    return `EC2 Auto Scaling tests the notifications of the group ${quoted(members['AutoScalingGroupName'])}: they reach this queue; discard this rejection`;
  return undefined;
}

/** What SES says to the SNS topic of a configuration set is no JSON, what it says to that of an identity is. */
function emailService(members: Members): string | undefined {
  const { Type: type, Message: message, notificationType } = members;
  const validated =
    type === 'Notification' &&
    typeof message === 'string' &&
    /^\s*Successfully validated SNS topic for Amazon SES event publishing\.?\s*$/.test(message);
  return validated || notificationType === 'AmazonSnsSubscriptionSucceeded'
    ? 'SES tests the SNS topic that it was told to publish to: its notifications reach this queue; discard this rejection'
    : undefined;
}

/** https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema */
function gridValidation(members: Members): string | undefined {
  if (members['eventType'] !== 'Microsoft.EventGrid.SubscriptionValidationEvent') return undefined;
  const { data } = members;
  const url = typeof data === 'object' && data !== null ? (data as Members)['validationUrl'] : undefined;
  return `Event Grid asks to validate a subscription: whoever takes its requests and puts them on this queue must answer with the validationCode in this body, or open its validationUrl, ${hostOf(url)}; then discard this rejection`;
}

/** https://docs.github.com/webhooks/webhook-events-and-payloads#ping */
function githubPing(members: Members): string | undefined {
  return typeof members['zen'] === 'string' && members['hook_id'] !== undefined
    ? 'GitHub tests a webhook: its deliveries reach this queue; discard this rejection'
    : undefined;
}

function quoted(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(storableText(name, MAX_NAMED)) : `(${got(name)})`;
}

const OF_SERVICES = /^(?:[a-z0-9-]+\.)*(?:amazonaws\.com|amazonaws\.com\.cn|azure\.com|azure\.net)$/;

/** Where it leads, for whoever thinks of opening it. */
function hostOf(url: unknown): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  if (parsed === null) return 'which is missing';
  const host = storableText(parsed.hostname, MAX_NAMED);
  return parsed.protocol === 'https:' && OF_SERVICES.test(host)
    ? `at ${host}`
    : `at ${host}, which is not theirs: do not open it`;
}

import { unstorableInText } from './json.ts';

/** What SNS or EventBridge put around an event: what it holds, and the id that it has for it. */
export type Wrapper =
  | { readonly kind: 'sns'; readonly message: string; readonly id: string | undefined }
  | { readonly kind: 'eventbridge'; readonly detail: unknown; readonly id: string | undefined };

/** Theirs are UUIDs. What is much longer would not fit the column once an index is added. */
const MAX_ID = 256;

/** Undefined for what is no wrapper. */
export function wrapperIn(value: unknown): Wrapper | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  if (isSnsNotification(members))
    return { kind: 'sns', message: members.Message, id: idIn(members['MessageId']) };
  if (isEventBridgeEvent(members))
    return { kind: 'eventbridge', detail: members.detail, id: idIn(members['id']) };
  return undefined;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function isSnsNotification(
  members: Readonly<Record<string, unknown>>,
): members is Readonly<Record<string, unknown>> & { readonly Message: string } {
  return (
    members['Type'] === 'Notification' &&
    typeof members['TopicArn'] === 'string' &&
    typeof members['Message'] === 'string'
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function isEventBridgeEvent(
  members: Readonly<Record<string, unknown>>,
): members is Readonly<Record<string, unknown>> & { readonly detail: unknown } {
  return (
    typeof members['detail-type'] === 'string' &&
    Object.hasOwn(members, 'detail') &&
    !Object.hasOwn(members, 'specversion')
  );
}

/**
 * SNS keeps its MessageId for every subscriber and every redelivery, EventBridge its id for every target and every replay
 * of an archive: so an event that has no id of its own is a duplicate whichever way it comes again.
 */
function idIn(id: unknown): string | undefined {
  const usable = typeof id === 'string' && id !== '' && id.length <= MAX_ID && unstorableInText(id) === null;
  return usable ? id : undefined;
}

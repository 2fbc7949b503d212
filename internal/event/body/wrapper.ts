import { memberText } from '../json/scan.ts';
import { unstorableInText } from '../storable.ts';
import { type Read, readJson } from '../json/read.ts';

/** A JSON value that an event may be, or be within. */
export interface Level {
  readonly read: Read;
  /** Of an event without an id of its own: that of the innermost wrapper that has one, else the SQS MessageId. */
  readonly fallbackId: string;
}

/** SNS, EventBridge or both around an event; more layers than that are nobody's and not unwrapped. */
export const MAX_WRAPPERS = 3;

/** What stands within wrappers, from the outermost to what is none. */
export function unwrapped(outermost: Level): readonly Level[] {
  const levels = [outermost];
  let level = outermost;
  while (levels.length <= MAX_WRAPPERS && level.read.kind !== 'malformed') {
    const wrapper = wrapperIn(level.read.value);
    if (wrapper === undefined) break;
    level = {
      read:
        wrapper.kind === 'sns'
          ? readJson(wrapper.message, 'Message of the SNS notification')
          : detailOf(level.read, wrapper.detail),
      fallbackId: wrapper.id ?? level.fallbackId,
    };
    levels.push(level);
  }
  return levels;
}

/** What an EventBridge event is around. Of one that nests too deep, the detail alone may not. */
function detailOf(read: Exclude<Read, { kind: 'malformed' }>, value: unknown): Read {
  if (read.kind === 'too_deep')
    return readJson(memberText(read.text, 'detail'), 'detail of the EventBridge event');
  const { detail } = read.exact as { detail: unknown };
  return { kind: 'json', value, exact: detail, text: () => JSON.stringify(detail) };
}

/** What SNS or EventBridge put around an event: what it holds, and the id that it has for it. */
type Wrapper =
  | { readonly kind: 'sns'; readonly message: string; readonly id: string | undefined }
  | { readonly kind: 'eventbridge'; readonly detail: unknown; readonly id: string | undefined };

/** Undefined for what is no wrapper. */
export function wrapperIn(value: unknown): Wrapper | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  if (isSnsNotification(members))
    return { kind: 'sns', message: members.Message, id: usableId(members['MessageId']) };
  if (isEventBridgeEvent(members))
    return { kind: 'eventbridge', detail: members.detail, id: usableId(members['id']) };
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

/** Theirs are UUIDs. What is much longer would not fit the column once an index is added. */
const MAX_ID = 256;

/**
 * SNS keeps its MessageId for every subscriber and every redelivery, EventBridge its id for every target and every replay
 * of an archive: so an event that has no id of its own is a duplicate whichever way it comes again.
 */
export function usableId(id: unknown): string | undefined {
  const usable = typeof id === 'string' && id !== '' && id.length <= MAX_ID && unstorableInText(id) === null;
  return usable ? id : undefined;
}

import { unstorableInText } from '../storable.ts';
import { type Read, readJson, readPart } from '../json/read.ts';
import type { Part } from '../json/unread.ts';

/** A JSON value that an event may be, or be within. */
export interface Level {
  readonly read: Read;
  /** Of an event without an id of its own: that of the innermost wrapper that has one, else the SQS MessageId. */
  readonly fallbackId: string;
}

/** SNS, EventBridge or both around an event; more layers than that are nobody's and not unwrapped. */
export const MAX_WRAPPERS = 3;

/** What stands within a level, if it is a wrapper; undefined for what is none. */
export function within({ read, fallbackId }: Level): Level | undefined {
  if (read.kind === 'malformed') return undefined;
  const wrapper = wrapperIn(read.kind === 'json' ? read.value : read.unread.pick(NAMES));
  if (wrapper === undefined) return undefined;
  return {
    read:
      wrapper.kind === 'sns' ? readJson(wrapper.message, 'Message of the SNS notification') : detailOf(read),
    fallbackId: wrapper.id ?? fallbackId,
  };
}

/** Of those that tell a wrapper. */
const NAMES = ['Type', 'TopicArn', 'Message', 'MessageId', 'detail-type', 'detail', 'id', 'specversion'];

/** What an EventBridge event is around. Of one that is not read as a whole, the detail alone may be. */
function detailOf(read: Exclude<Read, { kind: 'malformed' }>): Read {
  const what = 'detail of the EventBridge event';
  if (read.kind === 'unread') return readPart(read.unread.part('detail') as Part, what);
  const { detail: value } = read.value as { detail: unknown };
  const { detail } = read.exact as { detail: unknown };
  return { kind: 'json', value, exact: detail, text: () => JSON.stringify(detail) };
}

/** What SNS or EventBridge put around an event: what it holds, and the id that it has for it. */
type Wrapper =
  | { readonly kind: 'sns'; readonly message: string; readonly id: string | undefined }
  | { readonly kind: 'eventbridge'; readonly id: string | undefined };

/** Undefined for what is no wrapper. */
export function wrapperIn(value: unknown): Wrapper | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  if (isSnsNotification(members))
    return { kind: 'sns', message: members.Message, id: usableId(members['MessageId']) };
  if (isEventBridgeEvent(members)) return { kind: 'eventbridge', id: usableId(members['id']) };
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
function isEventBridgeEvent(members: Readonly<Record<string, unknown>>): boolean {
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

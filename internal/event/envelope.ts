import { type Decision, decideEvent } from './decode-event.ts';
import { isTooDeep, MAX_DEPTH, type ParsedJson, parseJson, storableText } from './json.ts';
import type { Refusal } from './rejection.ts';

/** One event of an SQS body, or why it is none. */
export type Decoded = Decision & {
  /** Position in the array of events; null when the body was not an array. */
  readonly index: number | null;
  /** The SQS body, or the JSON text of the array's element; decoding it again gives the same. */
  readonly text: () => string;
};

/** SNS, EventBridge or both around an event; more layers than that are nobody's and not unwrapped. */
const MAX_WRAPPERS = 3;

/**
 * Decodes an SQS body: one event or an array of them, plain or CloudEvents, bare or wrapped by SNS or EventBridge.
 * Never throws and never answers an empty list: what is not an event is answered as refused.
 * @param messageId the SQS MessageId, which serves as id of an event without one (with `-index` in an array)
 */
export function decodeBody(body: string, messageId: string): Decoded[] {
  const whole = { index: null, text: () => body };
  const parsed = unwrap(body);
  if ('reason' in parsed) return [{ ...whole, ...refused(parsed) }];
  const { value, exact } = parsed;
  if (!Array.isArray(value)) return [{ ...whole, ...decideEvent(value, exact, messageId) }];
  if (value.length === 0) {
    return [{ ...whole, ...refused({ reason: 'invalid_envelope', detail: 'the array of events is empty' }) }];
  }
  return value.map((element: unknown, index) => {
    const exactElement = (exact as unknown[])[index];
    const text = () => JSON.stringify(exactElement);
    return { index, text, ...decideEvent(element, exactElement, `${messageId}-${index}`) };
  });
}

/** Decodes one element of an array again, from its text; `eventId` serves when it has no id of its own. */
export function decodeElement(text: string, eventId: string): Decoded {
  const parsed = parse(text, 'the event');
  const decision = 'reason' in parsed ? refused(parsed) : decideEvent(parsed.value, parsed.exact, eventId);
  return { index: null, text: () => text, ...decision };
}

function unwrap(body: string): ParsedJson | Refusal {
  let parsed = parse(body, 'the body');
  for (let wrappers = 0; wrappers < MAX_WRAPPERS && !('reason' in parsed); wrappers += 1) {
    const { value, exact } = parsed;
    if (isSnsNotification(value)) parsed = parse(value.Message, 'Message of the SNS notification');
    else if (isEventBridgeEvent(value))
      parsed = { value: value.detail, exact: (exact as { detail: unknown }).detail };
    else break;
  }
  return parsed;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
function isSnsNotification(value: unknown): value is { Message: string } {
  return (
    isObject(value) &&
    value['Type'] === 'Notification' &&
    typeof value['TopicArn'] === 'string' &&
    typeof value['Message'] === 'string'
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function isEventBridgeEvent(value: unknown): value is { detail: unknown } {
  return (
    isObject(value) &&
    typeof value['detail-type'] === 'string' &&
    'detail' in value &&
    !('specversion' in value)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parse(text: string, what: string): ParsedJson | Refusal {
  if (isTooDeep(text)) {
    return { reason: 'unstorable', detail: `${what} nests deeper than ${MAX_DEPTH} levels` };
  }
  try {
    return parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    return {
      reason: 'malformed_json',
      detail: `${what} is not JSON: ${syntaxProblem(error as SyntaxError, text)}`,
    };
  }
}

/** V8's words without the piece of the text that it quotes. */
function syntaxProblem({ message }: SyntaxError, text: string): string {
  if (text.trim() === '') return 'it is empty';
  return storableText(message.replace(/, (?:\.\.\.)?"[\s\S]*$/, '').replace(/ in JSON(?= at|$)/, ''), 200);
}

function refused(refusal: Refusal): Decision {
  return { kind: 'refused', refusal, claims: {} };
}

import type { Surroundings } from './decoded.ts';
import { sizeOfAttributes } from './message-attributes.ts';

/**
 * Characters that the attributes of one SQS message may come to when each of its events keeps them. Without a bound, a
 * message of 1 MiB could make rows of 4 GB. Ten thousand events stay below it with 6 kB of attributes, a thousand with 60 kB.
 */
const MAX_KEPT_WITH_EACH = 67_108_864;

/**
 * Why an array of that many events cannot be taken: each event keeps the attributes of its SQS message, as a message or as
 * a rejection, and a mapping may make payloads of them. Undefined when it can be taken.
 */
export function tooMuchToKeep(
  events: number,
  { carried, attributes }: Pick<Surroundings, 'carried' | 'attributes'>,
): string | undefined {
  const each = Math.max(carried.sqsAttributesWithTrace?.length ?? 0, sizeOfAttributes(attributes));
  const all = events * each;
  if (all <= MAX_KEPT_WITH_EACH) return undefined;
  return `the array has ${events} events, each of which keeps the message's SQS attributes: ${each} characters, ${all} in all; at most ${MAX_KEPT_WITH_EACH} are kept of one message: send fewer events in a message, or shorter attributes`;
}

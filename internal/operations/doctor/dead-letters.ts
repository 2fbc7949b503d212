import type { QueueDescription } from '../../sqs/queue.ts';
import { counted } from '../../terminal/counted.ts';
import type { Finding } from './finding.ts';

const DAY_SECONDS = 86_400;
/** SQS keeps messages no longer. */
const LONGEST_SECONDS = 14 * DAY_SECONDS;

export interface DeadLetters extends QueueDescription {
  readonly name: string;
}

/**
 * How many dead letters there are, and how old they can be at most. SQS has no attribute for the age of the oldest: only
 * CloudWatch is told it (ApproximateAgeOfOldestMessage). To receive them for a look, even with a visibility timeout of 0,
 * would raise their receive count, hide them from a redrive meanwhile, and show some, not the oldest: so doctor does not.
 * What SQS does tell is when it deletes them, and that bounds their age.
 */
export function deadLetters(
  { retentionSeconds: ofTheQueue }: Pick<QueueDescription, 'retentionSeconds'>,
  { name, visible, inFlight, delayed, retentionSeconds: kept }: DeadLetters,
): Finding {
  const check = 'dead letters';
  const count = visible + inFlight + delayed;
  // Of a standard queue, the age counts from the first send; of a FIFO queue, from the move to the dead letters.
  const since = name.endsWith('.fifo') ? 'moved there' : 'first sent';
  if (count > 0) {
    const bound =
      kept === undefined
        ? ''
        : `, all ${since} within the last ${daysOf(kept)}, after which SQS deletes them`;
    return {
      check,
      result: 'warn',
      detail: `about ${counted(count, 'message')} in ${name}${bound}; how old the oldest is, only CloudWatch tells: ApproximateAgeOfOldestMessage`,
      todo: 'find out why they died; "npm run admin -- queue redrive" then brings them back through the processor',
    };
  }
  const tooShort =
    kept !== undefined && kept < LONGEST_SECONDS && (ofTheQueue === undefined || kept <= ofTheQueue);
  if (!tooShort) return { check, result: 'ok', detail: `none in ${name}` };
  return {
    check,
    result: 'warn',
    detail: `none in ${name}, where SQS deletes them ${daysOf(kept)} after they were ${since}: no later than in the queue itself`,
    todo: 'set its retention to 14 days',
  };
}

function daysOf(seconds: number): string {
  const days = Math.round((seconds / DAY_SECONDS) * 10) / 10;
  return days >= 1 ? counted(days, 'day') : counted(Math.round(seconds / 60), 'minute');
}

import type { QueueDescription } from '../../sqs/queue.ts';
import { counted } from '../../terminal/counted.ts';
import type { Finding } from './finding.ts';

const DAY_SECONDS = 86_400;
/** The longest retention that SQS allows. */
const LONGEST_SECONDS = 14 * DAY_SECONDS;

export interface DeadLetters extends QueueDescription {
  readonly name: string;
}

/**
 * Counts the dead letters and bounds their age. SQS has no attribute for the age of the oldest message; only CloudWatch
 * knows it (ApproximateAgeOfOldestMessage). Receiving them, even with a visibility timeout of 0, would raise their receive
 * count, hide them from a redrive, and return some messages, not the oldest. But the retention, after which SQS deletes
 * them, bounds their age.
 */
export function deadLetters(
  { retentionSeconds: ofTheQueue }: Pick<QueueDescription, 'retentionSeconds'>,
  { name, visible, inFlight, delayed, retentionSeconds: kept }: DeadLetters,
): Finding {
  const check = 'dead letters';
  const count = visible + inFlight + delayed;
  // In a standard queue, the age counts from the first send; in a FIFO queue, from the move to the dead-letter queue.
  const since = name.endsWith('.fifo') ? 'moved there' : 'first sent';
  if (count > 0) {
    const bound =
      kept === undefined
        ? ''
        : `, all ${since} within the last ${daysOf(kept)}, after which SQS deletes them`;
    return {
      check,
      result: 'warn',
      detail: `about ${counted(count, 'message')} in ${name}${bound}; only CloudWatch knows how old the oldest is: ApproximateAgeOfOldestMessage`,
      todo: 'find out why they failed; then "npm run admin -- queue redrive" sends them to the processor again',
    };
  }
  const tooShort =
    kept !== undefined && kept < LONGEST_SECONDS && (ofTheQueue === undefined || kept <= ofTheQueue);
  if (!tooShort) return { check, result: 'ok', detail: `none in ${name}` };
  return {
    check,
    result: 'warn',
    detail: `none in ${name}, where SQS deletes messages ${daysOf(kept)} after they were ${since}: no later than in the queue itself`,
    todo: 'set its retention to 14 days',
  };
}

function daysOf(seconds: number): string {
  const days = Math.round((seconds / DAY_SECONDS) * 10) / 10;
  return days >= 1 ? counted(days, 'day') : counted(Math.round(seconds / 60), 'minute');
}

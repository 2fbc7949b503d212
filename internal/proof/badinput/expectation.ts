import { expect } from 'vitest';
import type { BadInput, Outcome } from './case.ts';
import { outcomesOf } from './observe.ts';
import type { Answer } from './send.ts';

/** The expected observations of a case, for `toEqual`. */
export function expectationOf(input: BadInput, answer: Answer): unknown[] {
  const sqsMessageId = answer.kind === 'sent' ? answer.sqsMessageId : 'SQS refused the message';
  const isArray = !('kind' in input.outcome);
  return outcomesOf(input).map((outcome, i) =>
    expected(
      outcome,
      isArray ? { eventId: `${sqsMessageId}-${i}` } : { eventId: sqsMessageId, body: input.body },
    ),
  );
}

function expected(outcome: Outcome, defaults: { eventId: string; body?: string }): unknown {
  switch (outcome.kind) {
    case 'stored':
    case 'duplicate': {
      const { row } = outcome;
      return { kind: 'stored', row: { ...row, eventId: row.eventId ?? defaults.eventId } };
    }
    case 'rejected': {
      const { reason, detail, row } = outcome;
      const { attributes = {}, ...columns } = row;
      const body = defaults.body === undefined ? {} : { body: defaults.body };
      return {
        kind: 'rejected',
        reason,
        detail: expect.stringContaining(detail),
        row: expect.objectContaining({
          ...body,
          ...columns,
          attributes: expect.objectContaining(attributes),
        }),
      };
    }
    case 'refused_by_sqs':
      return { ...outcome, message: expect.stringContaining(outcome.message) };
  }
}

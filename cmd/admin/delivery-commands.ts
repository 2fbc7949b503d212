import { ProgramError } from '#internal/daemon/program.ts';
import {
  deliveriesOf,
  type MessageDelivery,
  type ShownAttempt,
} from '#internal/postgres/outcomes/of-message.ts';
import { messagesById } from '#internal/postgres/messages/browse.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { withDatabase } from './connections.ts';
import { deliveryList } from './delivery-list.ts';
import { UUID } from './delivery-options.ts';
import { deliveryReplay } from './delivery-replay.ts';
import { type Output, print, table, timeText, visible } from './output.ts';

/** `deliveries list|show|replay`. */
export function deliveryCommands(program: CommandLine, output: () => Output): void {
  const deliveries = program.command('deliveries').description('what became of messages at the endpoints');
  deliveryList(deliveries, output);
  deliveries
    .command('show <message>')
    .description('every endpoint of a message, with all attempts and what was answered')
    .action((id: string) =>
      withDatabase(async (pool) => {
        const known = UUID.test(id) && (await messagesById(pool, [id])).length > 0;
        if (!known) throw new ProgramError(`there is no message ${visible(id)}: see "messages list"`);
        print(output(), await deliveriesOf(pool, id), (all) =>
          all.length === 0 ? 'its client has no endpoint' : all.map(describe).join('\n\n'),
        );
      }),
    );
  deliveryReplay(deliveries, output);
}

function describe(delivery: MessageDelivery): string {
  const { tenantId, endpointId, endpointState, attempts, replaysWaiting } = delivery;
  const state = endpointState === 'active' ? '' : ` (the endpoint is ${endpointState})`;
  return [
    visible(`endpoint ${endpointId} of tenant ${tenantId}: ${SAID[delivery.state](delivery)}${state}`),
    ...(replaysWaiting === 0 ? [] : [`${replaysWaiting} of its replays still to be delivered`]),
    ...(attempts.length === 0 ? [] : [attemptTable(attempts)]),
  ].join('\n');
}

const SAID: Readonly<Record<MessageDelivery['state'], (delivery: MessageDelivery) => string>> = {
  delivered: () => 'delivered',
  retrying: ({ dueAt }) => `due again ${dueAt === null ? '' : timeText(dueAt)}`,
  dead: ({ deadReason }) => `dead: ${WHY[deadReason ?? ''] ?? deadReason ?? ''}`,
  waiting: () => 'waiting for its first attempt',
  skipped: () => 'not wanted: the endpoint takes other event types',
  none: () =>
    'nothing is known: stored before the endpoint was added, or attempts of that time are kept no more',
};

/** Reasons as the column `reason` of `dead` has them. */
const WHY: Readonly<Record<string, string>> = {
  attempts: 'all attempts failed',
  deadline: 'its time was used up',
  refused: 'refused for good',
  lost: 'the message was dropped before it was delivered',
};

function attemptTable(attempts: readonly ShownAttempt[]): string {
  return table(
    ['attempt', 'at', 'outcome', 'status', 'ms', 'error and response'],
    attempts.map(({ attempt, unit, attemptedAt, outcome, status, milliseconds, error, response }) => [
      unit === 0 ? attempt : `${attempt} of replay ${unit}`,
      new Date(attemptedAt),
      outcome,
      status ?? '',
      milliseconds,
      [error, response?.trimEnd()]
        .filter((each) => each !== null && each !== undefined && each !== '')
        .join('\n'),
    ]),
  );
}

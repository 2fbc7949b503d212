import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { queueOf } from '#internal/sqs/variables.ts';
import { explainSqsError } from '#internal/sqs/errors.ts';
import { openQueue } from '#internal/sqs/open-queue.ts';
import { createQueue, describeQueue } from '#internal/sqs/queue.ts';
import type { Command } from 'commander';
import { queueConfig } from '#internal/programs/admin.ts';
import { withSqs } from './connections.ts';
import { type Output, print, table } from './output.ts';
import { redriveCommand } from './redrive-command.ts';

/** `queue create|show|redrive`. */
export function queueCommands(program: Command, output: () => Output): void {
  const queue = program.command('queue').description('the queue that the processor reads');
  queue
    .command('create')
    .description('create the queue and its dead-letter queue if they are missing')
    .action(async () => {
      const config = loadConfig(queueConfig, process.env);
      const { settings, endpoint } = queueOf(config);
      await withSqs(queueOf(config), async (client) => {
        try {
          const created = await createQueue(client, settings);
          print(
            output(),
            { ...created, deadLetterQueue: settings.deadLetterName },
            ({ name, url, deadLetterQueue }) =>
              `the queue ${name} exists, with the dead-letter queue ${deadLetterQueue}\n${url}`,
          );
        } catch (error) {
          throw new Error(explainSqsError(error, { queue: settings.name, endpoint }), { cause: error });
        }
      });
    });
  redriveCommand(queue, output);
  queue
    .command('show')
    .description('settings of the queue and how many messages it holds')
    .action(async () => {
      const config = loadConfig(queueConfig, process.env);
      await withSqs(queueOf(config), async (client) => {
        const { queue: found } = await openQueue(client, { ...queueOf(config), create: false });
        const description = { ...found, ...(await describeQueue(client, found.url)) };
        print(output(), description, (each) =>
          table(
            ['', each.name],
            [
              ['visible', each.visible],
              ['in flight', each.inFlight],
              ['delayed', each.delayed],
              ['visibility timeout', `${each.visibilityTimeoutSeconds} s`],
              [
                'retention',
                each.retentionSeconds === undefined ? 'unknown' : `${each.retentionSeconds / 86_400} days`,
              ],
              ['dead-letter queue', each.redrive?.deadLetterName ?? 'none'],
              ['maximum receives', each.redrive?.maxReceiveCount ?? ''],
            ],
          ),
        );
      });
    });
}

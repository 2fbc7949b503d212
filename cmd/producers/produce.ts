import type { EventGenerator } from '#internal/load/generator.ts';
import type { Body, Packer } from '#internal/load/packer.ts';
import { type Pace, schedule } from '#internal/load/schedule.ts';
import type { Sender } from '#internal/sqs/outbox.ts';

interface Parts {
  readonly generator: EventGenerator;
  readonly packer: Packer;
  readonly sender: Sender;
  readonly pace: Pace;
  /** Once aborted, no more events are made. */
  readonly drain: AbortSignal;
}

/**
 * Generates, packs and sends until there were enough events, the signal aborts or SQS refuses everything; resolves when
 * every send is over. Memory is bounded: the generator waits for a free place among the sends.
 */
export async function produce({ generator, packer, sender, pace, drain }: Parts): Promise<void> {
  const send = async (sends: Body[][]) => {
    for (const bodies of sends) await sender.send(bodies);
  };
  for await (const events of schedule(generator, pace, drain)) {
    for (const event of events) {
      const full = packer.add(event);
      if (full.length > 0) await send(full);
      if (sender.problem !== undefined) break;
    }
    if (sender.problem !== undefined) break;
    await send(packer.flush());
  }
  await send(packer.finish());
  await sender.settled();
}

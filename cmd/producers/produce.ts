import { EventGenerator } from '#internal/load/generator.ts';
import { type Body, Packer } from '#internal/load/packer.ts';
import { schedule } from '#internal/load/schedule.ts';
import type { Outbox } from '#internal/sqs/outbox.ts';
import { type Options, paceOf } from './options.ts';
import type { OutgoingBody } from './outbox.ts';
import type { Target } from './queue.ts';

interface Parts {
  readonly options: Options;
  readonly target: Target;
  /** Once aborted, no more events are made. */
  readonly drain: AbortSignal;
}

/**
 * Generates, packs and sends until enough events are sent, the signal aborts or SQS refuses everything; resolves when
 * no send is in flight any more. Memory is bounded: the generator waits until another send may start.
 */
export async function produce(
  outbox: Outbox<OutgoingBody>,
  { options, target, drain }: Parts,
): Promise<void> {
  const generator = new EventGenerator(options);
  const packer = packerOf(options, target);
  const send = async (sends: Body[][]) => {
    for (const bodies of sends) await outbox.send(bodies.map((body) => ({ ...body, group: body.tenant })));
  };
  for await (const events of schedule(generator, paceOf(options), drain)) {
    for (const event of events) {
      const full = packer.add(event);
      if (full.length > 0) await send(full);
      if (outbox.problem !== undefined) break;
    }
    if (outbox.problem !== undefined) break;
    await send(packer.flush());
  }
  await send(packer.finish());
  await outbox.settled();
}

function packerOf({ batch, compress }: Options, { bytesPerBody, bytesPerSend }: Target): Packer {
  const limits = { eventsPerBody: batch, bytesPerBody, bytesPerSend };
  return new Packer(compress === undefined ? limits : { ...limits, compress });
}

import { decodeMessage, type Decoding } from '#internal/event/body/decode-message.ts';
import { tooFarAhead } from '#internal/event/deliver-after.ts';
import type { TextAttributes } from '#internal/event/body/message-attributes.ts';
import { unregisteredName } from '#internal/postgres/registry/unregistered.ts';
import type pg from 'pg';
import { visible } from './output.ts';

/** The expected outcome of one event. */
export interface TriedEvent {
  readonly index: number | null;
  /** `stored`, as far as is known without storing it; else the rejection reason. */
  readonly outcome: string;
  readonly detail?: string;
  readonly event?: Readonly<Record<string, unknown>>;
}

/** Decodes a body as the processor would, and checks whether its names are registered. */
export async function tryBody(
  pool: pg.Pool,
  { body, attributes }: { readonly body: string; readonly attributes: TextAttributes },
  decoding: Decoding,
): Promise<TriedEvent[]> {
  const message = { sqsMessageId: 'the-SQS-MessageId', body, attributes, systemAttributes: {} };
  const tried: TriedEvent[] = [];
  for (const decoded of decodeMessage(message, decoding).events) {
    const { index } = decoded;
    if (decoded.kind === 'refused') {
      tried.push({ index, outcome: decoded.refusal.reason, detail: decoded.refusal.detail });
      continue;
    }
    const { deliverAfter } = decoded.event;
    const tooFar = deliverAfter === null ? null : tooFarAhead(deliverAfter, Date.now());
    if (tooFar !== null) {
      tried.push({ index, outcome: 'invalid_envelope', detail: tooFar });
      continue;
    }
    const { payload, attributes: kept, sqsAttributes, ...event } = decoded.event;
    const unregistered = await unregisteredName(pool, decoded.event);
    tried.push({
      index,
      outcome: unregistered ?? 'stored',
      event: {
        ...event,
        payload: parsed(payload),
        attributes: parsed(kept),
        sqsAttributes: parsed(sqsAttributes),
      },
    });
  }
  return tried;
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}

export function triedText(events: readonly TriedEvent[]): string {
  return events
    .map(({ index, outcome, detail, event }) => {
      const head = `${index === null ? '' : `event ${index}: `}${outcome}${detail === undefined ? '' : `: ${detail}`}`;
      const fields = Object.entries(event ?? {})
        .filter(([, value]) => value !== null)
        .map(
          ([name, value]) =>
            `  ${name.padEnd(14)} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
        );
      return visible([head, ...fields].join('\n'));
    })
    .join('\n');
}

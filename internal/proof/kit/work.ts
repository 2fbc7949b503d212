import type { Work } from '../../processor/batcher.ts';
import { HeldMessage } from '../../processor/held.ts';
import type { Log, ReceivedMessage } from '../../processor/ports.ts';
import { plainEvent } from './events.ts';
import { storableEvent } from './storable.ts';

/** A message as the queue delivers it. */
export function received(sqsMessageId: string, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    sqsMessageId,
    receiptHandle: `handle of ${sqsMessageId}`,
    body: '',
    attributes: {},
    systemAttributes: {},
    receiveCount: 1,
    sentAtMs: undefined,
    group: undefined,
    ...more,
  };
}

/** A message received just now, with a lease of one minute. */
export function heldMessage(sqsMessageId: string, more: Partial<ReceivedMessage> = {}): HeldMessage {
  return new HeldMessage(received(sqsMessageId, more), performance.now(), 60);
}

interface WorkOptions {
  readonly tenant?: string;
  readonly client?: string;
  readonly type?: string;
  readonly group?: string;
  readonly bytes?: number;
  readonly held?: HeldMessage;
}

/** An event to store, alone in its message unless `held` is given. */
export function storableWork(id: string | number, options: WorkOptions = {}): Work {
  const { tenant = 'default', client = 'client-3', type = 'user-app', group, bytes = 1 } = options;
  const { held = heldMessage(String(id), { group }) } = options;
  if (held.state === 'undecided') held.decided(1);
  const storable = storableEvent(plainEvent(id, { tenant_id: tenant, client_id: client, event_type: type }));
  return { index: null, text: () => `text of ${id}`, decision: { kind: 'storable', storable }, held, bytes };
}

/** A refused event of which nothing can be read. */
export function refusedWork(id: string | number): Work {
  const held = heldMessage(String(id));
  held.decided(1);
  const refusal = { reason: 'malformed_json', detail: 'not JSON' } as const;
  const decision = { kind: 'refused', refusal, claims: {} } as const;
  return { index: null, text: () => `text of ${id}`, decision, held, bytes: 1 };
}

/** SQS MessageIds of works, in order. */
export function idsOf(works: readonly Work[]): string[] {
  return works.map(({ held }) => held.sqsMessageId);
}

/** A log that records the level and message of each line. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_: object, message: string) => {
    lines.push(`${level}: ${message}`);
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

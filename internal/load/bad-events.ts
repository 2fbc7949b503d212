import { type Format, jsonText } from './envelopes.ts';
import type { Random } from './random.ts';

/** A bad event as text. Each one becomes exactly one rejection, alone or in an array. */
interface BadEvent {
  readonly text: string;
  /** Whether the event still has its id. */
  readonly named: boolean;
  /** The text is not JSON, so it cannot be an element of an array. */
  readonly alone: boolean;
}

type Spoil = (event: Record<string, unknown>, format: Format, random: Random) => BadEvent;

const NOT_JSON = [
  "Hello, I'm a bad message",
  'Hello World',
  '{"event_type": "user-app", "client_id": ',
  '<event type="user-app"/>',
  'event_type=user-app&client_id=client-3',
] as const;

const NO_EVENTS = [{}, [], null, 42, 'a text'] as const;

/** Names that are never registered. */
const UNREGISTERED_CLIENT = 'unregistered-client';
const UNREGISTERED_TYPE = 'unregistered-app';

const BAD_KINDS = {
  notJson: (_event, _format, random) => ({ text: random.pick(NOT_JSON), named: false, alone: true }),
  noEvent: (_event, _format, random) => ({
    text: jsonText(random.pick<unknown>(NO_EVENTS)),
    named: false,
    alone: false,
  }),
  clientMissing: (event, format) => {
    const { [members(format).client]: _client, ...rest } = event;
    return named(rest);
  },
  clientUnknown: (event, format) => named({ ...event, [members(format).client]: UNREGISTERED_CLIENT }),
  typeUnknown: (event, format) => named({ ...event, [members(format).type]: UNREGISTERED_TYPE }),
  envelopeWrong: (event, format) =>
    named(format === 'plain' ? { ...event, tenantId: event['tenant_id'] } : { ...event, specversion: '0.3' }),
} as const satisfies Record<string, Spoil>;

const SPOILS = Object.values(BAD_KINDS) as unknown as readonly [Spoil, ...Spoil[]];

/** Spoils an event in one of several ways. */
export function spoil(event: Record<string, unknown>, format: Format, random: Random): BadEvent {
  return random.pick(SPOILS)(event, format, random);
}

function named(event: Record<string, unknown>): BadEvent {
  return { text: jsonText(event), named: true, alone: false };
}

function members(format: Format): { readonly client: string; readonly type: string } {
  return format === 'plain'
    ? { client: 'client_id', type: 'event_type' }
    : { client: 'clientid', type: 'type' };
}

import { type Draft, envelope, type GeneratedEvent } from './events.ts';
import type { Options } from './options.ts';

type Spoil = (draft: Draft, format: Options['format']) => { json: string; raw: boolean };

const SPOILS: readonly Spoil[] = [
  ({ id }) => ({ json: `Hello, I'm a bad message ${id}`, raw: true }),
  ({ id }) => ({ json: `{"event_id":"${id}",`, raw: true }),
  ({ id }) => ({
    json: JSON.stringify({ event_id: id, message: 'an event without type and client' }),
    raw: false,
  }),
  (draft, format) => ({ json: envelope({ ...draft, client: 'client-unknown' }, format), raw: false }),
  (draft, format) => ({ json: envelope({ ...draft, type: 'unknown-app' }, format), raw: false }),
  (draft, format) => ({ json: envelope({ ...draft, payload: { text: 'NUL: \u0000' } }, format), raw: false }),
];

/** A bad event in one of several ways, chosen by a number from 0 to 1. Each is rejected exactly once. */
export function badEvent(draft: Draft, format: Options['format'], choice: number): GeneratedEvent {
  const spoil = SPOILS[Math.floor(choice * SPOILS.length)] as Spoil;
  return { id: draft.id, tenant: draft.tenant, kind: 'bad', ...spoil(draft, format) };
}

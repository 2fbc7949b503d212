/**
 * Characters that each kind of text may have; the columns hold as many. `name` is of a tenant or client, `identifier` a
 * source or an event id, `described` what is only kept beside an event and cut to this length.
 */
export const MAX_LENGTHS = {
  name: 128,
  eventType: 255,
  identifier: 1024,
  contentType: 255,
  described: 1024,
} as const;

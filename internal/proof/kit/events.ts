/** A plain event of tenant `default`, as a producer would send it. */
export function plainEvent(id: string | number, more: object = {}): object {
  return {
    event_type: 'user-app',
    client_id: 'client-3',
    source: 'test',
    event_id: String(id),
    message: { n: 1 },
    ...more,
  };
}

/** The bodies of `count` SQS messages with one event each; ids count up from `first`. */
export function plainBodies(count: number, more: object = {}, first = 0): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify(plainEvent(first + i, more)));
}

/** Whether an endpoint wants an event type. */
type Wants = (eventType: string) => boolean;

/**
 * Compiles what an endpoint wants, once for each of its revisions. `prefix.*` takes all that begin with `prefix.`, at any
 * depth, but not `prefix` itself; other texts are names, upper and lower case apart. Null wants every type.
 */
export function wantedTypes(eventTypes: readonly string[] | null): Wants {
  if (eventTypes === null) return () => true;
  const names = new Set(eventTypes);
  const prefixes = new Set(
    eventTypes.filter((text) => text.endsWith('.*')).map((text) => text.slice(0, -'*'.length)),
  );
  if (prefixes.size === 0) return (eventType) => names.has(eventType);
  return (eventType) => names.has(eventType) || hasPrefix(eventType, prefixes);
}

/** A look at each dot: however many prefixes there are, a type costs what its own length does. */
function hasPrefix(eventType: string, prefixes: ReadonlySet<string>): boolean {
  for (let dot = eventType.indexOf('.'); dot !== -1; dot = eventType.indexOf('.', dot + 1))
    if (prefixes.has(eventType.slice(0, dot + 1))) return true;
  return false;
}

import type { Place, Problem, Survey } from './survey.ts';
import { eachSubschema } from './subschemas.ts';
import { isObject, type JsonObject, own } from './values.ts';

/** Keywords whose schemas are of the same value as their own. */
const IN_PLACE = /^(?:allOf|anyOf|oneOf|not|if|then|else|dependentSchemas|dependencies)(?:\/|$)/;

/** References that lead back to where they stand without going into the value: checking them would not end. */
export function endlessReferences(survey: Survey): Problem[] {
  const done = new Set<JsonObject>();
  const problems: Problem[] = [];
  for (const place of survey.ownPlaces) {
    // One path at a time, with what is still to be looked at of each schema on it.
    const path: { readonly schema: JsonObject; readonly open: Place[] }[] = [];
    const onPath = new Set<unknown>();
    const enter = (next: Place) => {
      const schema = next.schema as JsonObject;
      if (done.has(schema)) return;
      done.add(schema);
      onPath.add(schema);
      path.push({ schema, open: inPlace(next, survey) });
    };
    enter(place);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const next = last.open.pop();
      if (next === undefined) {
        onPath.delete(last.schema);
        path.pop();
      } else if (onPath.has(next.schema)) problems.push(endless(next));
      else enter(next);
    }
  }
  return problems;
}

function endless({ pointer }: Place): Problem {
  return {
    pointer,
    text: 'refers to itself without going into the payload, so that a check would never end',
  };
}

function inPlace({ schema, resource }: Place, survey: Survey): Place[] {
  const places: (Place | undefined)[] = [];
  const holder = schema as JsonObject;
  eachSubschema(holder, resource.dialect, (subschema, path) => {
    if (IN_PLACE.test(path) && isObject(subschema)) places.push(survey.places.get(subschema));
  });
  for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
    const uri = resource.dialect.keywords.has(keyword) ? own(holder, keyword) : undefined;
    if (typeof uri === 'string') places.push(survey.resolve(uri, resource));
  }
  return places.filter((place) => place !== undefined && isObject(place.schema)) as Place[];
}

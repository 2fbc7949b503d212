import {
  type Dialect,
  dialectNamed,
  dialectOfVocabularies,
  DRAFT_2020_12,
  DRAFTS_TAKEN,
} from './dialects.ts';
import { eachSubschema } from './subschemas.ts';
import { resolveUri, splitFragment } from './uri.ts';
import { isObject, type JsonObject, own } from './values.ts';

/** A schema that is known by a URI of its own, with what it means and the places in it that have names. */
export interface Resource {
  readonly uri: string;
  readonly root: Place;
  readonly dialect: Dialect;
  readonly anchors: Map<string, Place>;
  readonly dynamicAnchors: Map<string, Place>;
}

/** Where a schema stands. */
export interface Place {
  readonly schema: unknown;
  readonly resource: Resource;
  /** A JSON Pointer from the root of the document; of a document that came along, its URI stands before. */
  readonly pointer: string;
}

/** Why a schema cannot be used, and where. */
export interface Problem {
  readonly pointer: string;
  readonly text: string;
}

/** A problem or a remark as a sentence. */
export function inWords({ pointer, text }: Problem): string {
  return `${pointer === '' ? 'the schema' : pointer} ${text}`;
}

/** Documents that a schema may refer to, by URI. */
export type Documents = ReadonlyMap<string, unknown>;

/** Finds all schemas in a schema, what they are called, and what their references lead to. */
export class Survey {
  readonly problems: Problem[] = [];
  /** The schemas that are objects, in the order of the text. */
  readonly places = new Map<JsonObject, Place>();
  readonly root: Place;
  /** Whether `format` says what a text must be like, and not only what it is meant to be. */
  readonly assertsFormats: boolean;
  readonly #resources = new Map<string, Resource>();
  readonly #references: { readonly uri: string; readonly from: Resource }[] = [];
  readonly #documents: Documents;

  constructor(schema: unknown, documents: Documents, assertsFormats: boolean) {
    this.assertsFormats = assertsFormats;
    this.#documents = documents;
    this.root = this.#addDocument(schema, '', '');
    // What is referred to may refer to more: the list grows while it is walked.
    for (const { uri, from } of this.#references) this.resolve(uri, from);
  }

  /** The places of the schema itself, without the documents that it refers to. */
  get ownPlaces(): readonly Place[] {
    return [...this.places.values()].filter(({ pointer }) => pointer === '' || pointer.startsWith('/'));
  }

  get resources(): Iterable<Resource> {
    return this.#resources.values();
  }

  /** The place a reference leads to; undefined for one that leads nowhere, or not to a schema. */
  resolve(reference: string, from: Resource): Place | undefined {
    const resource = this.#resourceAt(resolveUri(reference, from.uri));
    const { fragment } = splitFragment(reference);
    if (resource === undefined || fragment === '') return resource?.root;
    if (fragment.startsWith('/')) return this.#placeAt(fragment, resource.root);
    return resource.anchors.get(fragment);
  }

  #resourceAt(uri: string): Resource | undefined {
    const known = this.#resources.get(uri);
    if (known !== undefined || !this.#documents.has(uri)) return known;
    return this.#addDocument(this.#documents.get(uri), uri, `${uri}#`).resource;
  }

  #placeAt(pointer: string, root: Place): Place | undefined {
    let place = root;
    for (const token of pointer.slice(1).split('/')) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      const { schema: holder } = place;
      const schema = isObject(holder) || Array.isArray(holder) ? own(holder as JsonObject, name) : undefined;
      if (schema === undefined) return undefined;
      const at = { schema, resource: place.resource, pointer: `${place.pointer}/${token}` };
      place = (isObject(schema) ? this.places.get(schema) : undefined) ?? at;
    }
    if (typeof place.schema === 'boolean') return place;
    if (!isObject(place.schema)) return undefined;
    // What no keyword of the draft holds becomes a schema by being referred to.
    if (!this.places.has(place.schema)) this.#visit(place.schema, place.resource, place.pointer);
    return this.places.get(place.schema);
  }

  #addDocument(schema: unknown, uri: string, pointer: string): Place {
    const named = isObject(schema) ? this.#dialectOf(schema, pointer) : undefined;
    const dialect = named ?? this.#resources.get('')?.dialect ?? DRAFT_2020_12;
    const resource = this.#addResource(schema, uri, dialect, pointer);
    this.#visit(schema, resource, pointer);
    return (isObject(schema) ? this.places.get(schema) : undefined) ?? resource.root;
  }

  #addResource(schema: unknown, uri: string, dialect: Dialect, pointer: string): Resource {
    const root = { schema, pointer } as { schema: unknown; pointer: string; resource: Resource };
    const resource = { uri, dialect, root, anchors: new Map(), dynamicAnchors: new Map() };
    root.resource = resource;
    if (this.#resources.has(uri)) {
      this.problems.push({ pointer, text: `a second schema is called ${uri}` });
    } else {
      this.#resources.set(uri, resource);
    }
    return resource;
  }

  #dialectOf(schema: JsonObject, pointer: string): Dialect | undefined {
    const uri = own(schema, '$schema');
    if (uri === undefined) return undefined;
    const named = typeof uri === 'string' ? (dialectNamed(uri) ?? this.#ownDialect(uri)) : undefined;
    if (named === undefined) {
      const text = `${JSON.stringify(uri)} is not a draft of JSON Schema that is taken; ${DRAFTS_TAKEN}`;
      this.problems.push({ pointer: `${pointer}/$schema`, text });
    }
    return named;
  }

  /** Of a metaschema that came along. */
  #ownDialect(uri: string): Dialect | undefined {
    const metaschema = this.#documents.get(uri);
    if (!isObject(metaschema)) return undefined;
    const base = dialectNamed(String(metaschema['$schema']));
    return base === undefined ? undefined : dialectOfVocabularies(metaschema, base);
  }

  #visit(schema: unknown, around: Resource, pointer: string): void {
    if (!isObject(schema)) return;
    const resource = this.#identified(schema, around, pointer);
    const place = resource.root.schema === schema ? resource.root : { schema, resource, pointer };
    this.places.set(schema, place);
    this.#nameAnchors(schema, place);
    for (const keyword of ['$ref', '$dynamicRef', '$recursiveRef']) {
      const uri = own(schema, keyword);
      if (typeof uri === 'string') this.#references.push({ uri, from: resource });
    }
    if (own(schema, '$async') === true) {
      const text = 'promises an answer that comes later; a payload is judged at once or not at all';
      this.problems.push({ pointer: `${pointer}/$async`, text });
    }
    eachSubschema(schema, resource.dialect, (subschema, path) =>
      this.#visit(subschema, resource, `${pointer}/${path}`),
    );
  }

  /** The resource that a schema belongs to, which is a new one where it has an identifier. */
  #identified(schema: JsonObject, around: Resource, pointer: string): Resource {
    const { dialect } = around;
    const id = own(schema, dialect.idKeyword);
    const isIgnored = dialect.refStandsAlone && own(schema, '$ref') !== undefined;
    if (typeof id !== 'string' || isIgnored) return around;
    const { document, fragment } = splitFragment(id);
    const uri = resolveUri(id, around.uri);
    const isAround = document === '' || uri === around.uri;
    const isDocument = around.root.schema === schema;
    const named = isAround || isDocument ? undefined : this.#dialectOf(schema, pointer);
    const resource = isAround ? around : this.#addResource(schema, uri, named ?? dialect, pointer);
    // Up to draft-07, an identifier that is only a fragment names a place.
    if (fragment !== '') resource.anchors.set(fragment, { schema, resource, pointer });
    return resource;
  }

  #nameAnchors(schema: JsonObject, place: Place): void {
    const { resource } = place;
    const { keywords } = resource.dialect;
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const name = own(schema, keyword);
      if (typeof name !== 'string' || !keywords.has(keyword)) continue;
      resource.anchors.set(name, place);
      if (keyword === '$dynamicAnchor') resource.dynamicAnchors.set(name, place);
    }
    // Draft 2019-09 has one dynamic anchor without a name, at the root of a resource.
    if (own(schema, '$recursiveAnchor') === true && keywords.has('$recursiveAnchor'))
      resource.dynamicAnchors.set('', place);
  }
}

// RFC 3986, appendix B: every text is a URI reference of these parts.
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#.*)?$/su;

interface Parts {
  readonly scheme: string | undefined;
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string;
}

function partsOf(uri: string): Parts {
  const [, scheme, authority, path, query = ''] = PARTS.exec(uri) as unknown as (string | undefined)[];
  return { scheme, authority, path: path as string, query };
}

/** The URI without its fragment, and the fragment with percent encoding undone; '' without one. */
export function splitFragment(uri: string): { readonly document: string; readonly fragment: string } {
  const at = uri.indexOf('#');
  if (at === -1) return { document: uri, fragment: '' };
  return { document: uri.slice(0, at), fragment: decoded(uri.slice(at + 1)) };
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment; // a lone % stands for itself
  }
}

/** The absolute form of a reference (RFC 3986, 5.2.2), without its fragment. A base of '' leaves it relative. */
export function resolveUri(reference: string, base: string): string {
  const { document } = splitFragment(reference);
  const to = partsOf(document);
  if (to.scheme !== undefined || base === '') return document;
  const from = partsOf(base);
  if (to.authority !== undefined) return composed({ ...to, scheme: from.scheme });
  if (to.path === '') return composed({ ...from, query: to.query === '' ? from.query : to.query });
  const path = to.path.startsWith('/') ? to.path : merged(to.path, from);
  return composed({ ...from, path: withoutDots(path), query: to.query });
}

function merged(path: string, from: Parts): string {
  if (from.authority !== undefined && from.path === '') return `/${path}`;
  return from.path.slice(0, from.path.lastIndexOf('/') + 1) + path;
}

/** RFC 3986, 5.2.4. */
function withoutDots(path: string): string {
  const segments = path.split('/');
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') {
      if (kept.length > 1) kept.pop();
    } else if (segment !== '.') {
      kept.push(segment);
    }
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return kept.join('/');
}

function composed({ scheme, authority, path, query }: Parts): string {
  const beforeAuthority = scheme === undefined ? '' : `${scheme}:`;
  return `${beforeAuthority}${authority === undefined ? '' : `//${authority}`}${path}${query}`;
}

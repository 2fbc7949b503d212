/** Whether a content type says JSON: RFC 6839, 3.1, and the older name of it. */
export function isJson(contentType: string): boolean {
  const [type = ''] = contentType.split(';', 1);
  return /^(?:application|text)\/json$|\+json$/i.test(type.trim());
}

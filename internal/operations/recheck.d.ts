/** The build without workers and backends of its own: it has no types of its own, and Node sees no names in it. */
declare module 'recheck/lib/browser.js' {
  import type { checkSync } from 'recheck';
  const recheck: { readonly checkSync: typeof checkSync };
  // oxlint-disable-next-line import/no-default-export -- it is CommonJS
  export default recheck;
}

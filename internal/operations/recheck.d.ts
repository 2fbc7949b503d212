/** The build without workers and native backends. It has no types, and Node detects no named exports in it. */
declare module 'recheck/lib/browser.js' {
  import type { checkSync } from 'recheck';
  const recheck: { readonly checkSync: typeof checkSync };
  // oxlint-disable-next-line import/no-default-export -- it is CommonJS
  export default recheck;
}

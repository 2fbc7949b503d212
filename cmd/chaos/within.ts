/**
 * The promise's answer, if it comes in time.
 * @throws Error naming what was waited for
 */
export async function within<T>(
  promise: Promise<T>,
  { what, timeoutMs }: { what: string; timeoutMs: number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

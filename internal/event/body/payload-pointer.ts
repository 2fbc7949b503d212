import { storableText } from '../storable.ts';

/** Where the body of a message is, that was too long for SQS: an object in S3. */
export interface PayloadPointer {
  readonly bucket: string;
  readonly key: string;
}

/** What the Amazon SQS and SNS extended client libraries put in the place of a body, by their versions. */
const CLASSES: ReadonlySet<unknown> = new Set([
  'software.amazon.payloadoffloading.PayloadS3Pointer',
  'com.amazon.sqs.javamessaging.MessageS3Pointer',
]);

/** S3's own limits, with room for characters of several bytes. */
const MAX_BUCKET = 255;
const MAX_KEY = 1_024;

/** The pointer that a JSON value is; undefined where it is something else. */
export function payloadPointerIn(value: unknown): PayloadPointer | undefined {
  if (!Array.isArray(value) || value.length !== 2 || !CLASSES.has(value[0])) return undefined;
  const place: unknown = value[1];
  if (typeof place !== 'object' || place === null) return undefined;
  const { s3BucketName: bucket, s3Key: key } = place as Readonly<Record<string, unknown>>;
  return isName(bucket, MAX_BUCKET) && isName(key, MAX_KEY) ? { bucket, key } : undefined;
}

function isName(name: unknown, maxLength: number): name is string {
  return typeof name === 'string' && name !== '' && name.length <= maxLength && name.isWellFormed();
}

/** The pointer in a text, which may be of any length and no JSON. */
export function payloadPointerInText(text: string): PayloadPointer | undefined {
  if (text.length > MAX_TEXT || !/^\s*\[\s*"[\w.]+S3Pointer"/.test(text)) return undefined;
  try {
    return payloadPointerIn(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A pointer with every character of its names escaped is shorter. */
const MAX_TEXT = 10_000;

/** How a pointer is called in a sentence. */
export function nameOfPayload({ bucket, key }: PayloadPointer): string {
  return `the object ${JSON.stringify(storableText(key, 200))} in the S3 bucket ${JSON.stringify(storableText(bucket, 100))}`;
}

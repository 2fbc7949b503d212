// Arrays in PostgreSQL's binary format (src/backend/utils/adt/arrayfuncs.c, array_recv): number of dimensions,
// whether there are nulls, element type, length, lower bound; then for each element its length in bytes and its bytes.
// pg sends a parameter that is a Buffer in binary. A literal would be escaped and parsed element by element.

const BYTEA_OID = 17;
const TEXT_OID = 25;
const UUID_OID = 2950;
const HEADER_BYTES = 20;
const UUID_BYTES = 16;
const HYPHEN = 0x2d;
/** Values of the hex digits, by their character codes. */
const DIGIT_VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Number.parseInt(String.fromCharCode(code), 16),
);
const NULL_PREFIX = '\u00ff\u00ff\u00ff\u00ff';
const NULL_LENGTH = -1;

/** Length prefixes of short elements: four characters each, one per byte. */
const PREFIXES = Array.from({ length: 1024 }, (_, length) => prefixOf(length));

function prefixOf(length: number): string {
  return String.fromCharCode(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
}

/** A `text[]` parameter. */
export function textArray(values: readonly (string | null)[]): Buffer {
  if (values.length === 0) return emptyArray(TEXT_OID);
  // If everything is ASCII, a character is a byte: the whole array is one string and one write.
  // Its length is known: an array that grows is copied again and again.
  const parts: string[] = [];
  parts.length = 2 * values.length;
  let prefixesAboveAscii = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as string | null;
    parts[2 * i] = value === null ? NULL_PREFIX : (PREFIXES[value.length] ?? prefixOf(value.length));
    parts[2 * i + 1] = value ?? '';
    prefixesAboveAscii += value === null ? NULL_PREFIX.length : bytesAboveAscii(value.length);
  }
  const content = parts.join('');
  // In UTF-8, every character above ASCII takes at least one extra byte: those not due to prefixes come from the values.
  if (Buffer.byteLength(content) !== content.length + prefixesAboveAscii) return arrayOf(TEXT_OID, values);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + content.length);
  writeHeader(buffer, TEXT_OID, values.length);
  buffer.write(content, HEADER_BYTES, 'latin1');
  return buffer;
}

/** A `bytea[]` parameter of texts in UTF-8. */
export function byteaArray(values: readonly string[]): Buffer {
  return values.length === 0 ? emptyArray(BYTEA_OID) : arrayOf(BYTEA_OID, values);
}

function arrayOf(elementOid: number, values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? NULL_LENGTH : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), 0);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  writeHeader(buffer, elementOid, values.length);
  let position = HEADER_BYTES;
  for (const [i, value] of values.entries()) {
    position = buffer.writeInt32BE(lengths[i] as number, position);
    if (value !== null) position += buffer.write(value, position);
  }
  return buffer;
}

/** A `uuid[]` parameter of UUIDs in hex digits, with hyphens or without. */
export function uuidArray(values: readonly string[]): Buffer {
  if (values.length === 0) return emptyArray(UUID_OID);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * (4 + UUID_BYTES));
  writeHeader(buffer, UUID_OID, values.length);
  let position = HEADER_BYTES;
  for (const value of values) {
    position = buffer.writeInt32BE(UUID_BYTES, position);
    for (let i = 0; i < value.length; i += 2) {
      if (value.charCodeAt(i) === HYPHEN) i += 1;
      const [high, low] = [DIGIT_VALUES[value.charCodeAt(i)], DIGIT_VALUES[value.charCodeAt(i + 1)]];
      buffer[position] = ((high as number) << 4) | (low as number);
      position += 1;
    }
  }
  return buffer;
}

function bytesAboveAscii(length: number): number {
  if (length < 0x80) return 0;
  let above = 0;
  for (let rest = length; rest > 0; rest >>>= 8) if ((rest & 0xff) >= 0x80) above += 1;
  return above;
}

function emptyArray(elementOid: number): Buffer {
  const buffer = Buffer.alloc(12);
  buffer.writeInt32BE(elementOid, 8);
  return buffer;
}

function writeHeader(buffer: Buffer, elementOid: number, length: number): void {
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(1, 4); // there may be nulls
  buffer.writeInt32BE(elementOid, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
}

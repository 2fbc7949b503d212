import { stripVTControlCharacters } from 'node:util';

const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const ASCII = /^[ -~]*$/;
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}]|[\u{20000}-\u{3FFFD}]/u;
const EMPTY = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/**
 * Returns the columns that a terminal uses for the text: none for combining characters and colour codes, two for East Asian
 * wide characters and emoji.
 */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments.segment(stripVTControlCharacters(text))) width += widthOf(segment);
  return width;
}

function widthOf(segment: string): number {
  if (EMPTY.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/** Pads the text with spaces to that width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Breaks the text into lines of at most that width, between words if possible. Returns at least one line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = broken(word, width);
    line = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  return [...lines, line];
}

function broken(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const { segment } of segments.segment(word)) {
    const more = widthOf(segment);
    if (used + more > width && piece !== '') {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += segment;
    used += more;
  }
  return [...pieces, piece];
}

/** Cuts a text that is wider than that, with an ellipsis. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  return `${broken(text, Math.max(1, width - 1))[0] ?? ''}…`;
}

/** Continued lines are indented to at most this column. */
const LAST_INDENT = 30;

/**
 * Wraps every line of the text to that width; undefined leaves it as it is. A continued line is indented to the words that
 * follow its label, as in "reason         unknown_client", else two columns more than the line itself. A line with a URL
 * stays whole, so that it can be copied.
 */
export function wrappedLines(text: string, width: number | undefined): string {
  if (width === undefined) return text;
  return text
    .split('\n')
    .flatMap((line) =>
      displayWidth(line) <= width || line.includes('://') ? [line] : continued(line, width),
    )
    .join('\n');
}

// oxlint-disable-next-line no-control-regex -- a label may be coloured
const LABEL = /^ *\S+(?: |\u001B\[\d+m){2,}/;

function continued(line: string, width: number): string[] {
  const label = LABEL.exec(line)?.[0] ?? '';
  const column = displayWidth(label);
  const labelled = column > 0 && column <= Math.min(LAST_INDENT, width / 2);
  const [indent = ''] = labelled ? [label] : (/^ */.exec(line) ?? []);
  const further = labelled ? column : indent.length + 2;
  const [first = '', ...rest] = wrapped(line.slice(indent.length), width - further);
  return [indent + first, ...rest.map((each) => ' '.repeat(further) + each)];
}

import {
  type BadInput,
  type Category,
  cloud,
  eventBridge,
  plain,
  refusedBySqs,
  rejected,
  sns,
  stored,
} from '../case.ts';

const NUL = 'holds the character U+0000, which PostgreSQL cannot store';
const HALF = 'holds half of a surrogate pair, which is not a character and cannot be stored';

const unstorable = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('unstorable', detail),
});

const refused = (name: string, character: string): BadInput => ({
  name: `${name}, not escaped`,
  body: plain(`"${character}"`),
  outcome: refusedBySqs('InvalidMessageContents', 'Invalid characters'),
});

/** A text that is stored unchanged. */
const kept = (name: string, text: string): BadInput => ({
  name,
  body: plain(`"${text}"`),
  outcome: stored(`"${text}"`),
});

/**
 * A text that is sent in escapes, because not every SQS server accepts the characters, and is stored as
 * characters.
 */
const unescaped = (name: string, text: string): BadInput => ({
  name,
  body: plain(`"${escaped(text)}"`),
  outcome: stored(`"${text}"`),
});

function escaped(text: string): string {
  return Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}

const unknownClient = (name: string, client: string): BadInput => ({
  name: `a client ${name}`,
  body: plain('1').replace('client-3', client),
  outcome: rejected('unknown_client', 'is not registered in tenant "default"', { clientId: client }),
});

const withClient = (client: string) => plain('1').replace('client-3', client);

export const UNICODE: Category = {
  title: 'Unicode',
  rule: 'Every character is stored unchanged: no normalisation, no case folding, no trimming. U+0000 and halves of surrogate pairs, which JSON can write but PostgreSQL cannot store, are `unstorable` in a payload and in a name that routes or identifies the event, and replaced by U+FFFD in what only describes it. A character is a code point: an emoji counts once, as in PostgreSQL. Control characters and U+FFFE only get through SQS escaped.',
  cases: [
    unstorable('U+0000 in a value', plain('"a\\u0000b"'), `message ${NUL}`),
    unstorable('U+0000 in a key', plain('{"a\\u0000":1}'), `message ${NUL}`),
    unstorable('U+0000 deep inside', plain('[{"a":[{"b":"\\u0000"}]}]'), `message ${NUL}`),
    unstorable('U+0000 after a backslash', plain('"\\\\\\u0000"'), `message ${NUL}`),
    unstorable('U+0000 in data', cloud('"data":"\\u0000"'), `data ${NUL}`),
    {
      name: 'U+0000 in an extension, which is kept without it',
      body: cloud('"colour":"a\\u0000","data":1'),
      outcome: stored('1', { source: '/shop', attributes: '{"colour": "a\uFFFD"}' }),
    },
    {
      name: 'U+0000 and halves in members of its own, which are kept without them',
      body: plain('1', '"note":"a\\u0000b","more":"\\ud800","\\u0000":1'),
      outcome: stored('1', { attributes: '{"\uFFFD": 1, "more": "\uFFFD", "note": "a\uFFFDb"}' }),
    },
    unstorable(
      'U+0000 in the content type',
      cloud('"datacontenttype":"a\\u0000","data":1'),
      `the content type ${NUL}`,
    ),
    unstorable('U+0000 in the client', withClient('client-3\\u0000'), `the client ${NUL}`),
    unstorable('U+0000 in the tenant', plain('1', '"tenant_id":"default\\u0000"'), `the tenant ${NUL}`),
    unstorable(
      'U+0000 in the event type',
      plain('1').replace('user-app', 'user\\u0000-app'),
      `the event type ${NUL}`,
    ),
    unstorable('U+0000 in the source', plain('1', '"source":"\\u0000"'), `the source ${NUL}`),
    unstorable('U+0000 in the id', plain('1', '"event_id":"\\u0000"'), `the event id ${NUL}`),
    unstorable('U+0000 in SNS', sns(plain('"\\u0000"')), `message ${NUL}`),
    unstorable('U+0000 in EventBridge', eventBridge(plain('"\\u0000"')), `message ${NUL}`),
    unstorable('the first half of a pair', plain('"\\ud83d"'), `message ${HALF}`),
    unstorable('the second half of a pair', plain('"\\ude00"'), `message ${HALF}`),
    unstorable('halves in capitals', plain('"\\uD83D"'), `message ${HALF}`),
    unstorable('halves in the wrong order', plain('"\\ude00\\ud83d"'), `message ${HALF}`),
    unstorable('two first halves and a second', plain('"\\ud83d\\ud83d\\ude00"'), `message ${HALF}`),
    unstorable('halves with a space between', plain('"\\ud83d \\ude00"'), `message ${HALF}`),
    unstorable('half a pair in a key', plain('{"\\udfff":1}'), `message ${HALF}`),
    unstorable('half a pair in the id', plain('1', '"event_id":"\\ud800"'), `the event id ${HALF}`),
    unstorable('half a pair in the client', withClient('\\udbff'), `the client ${HALF}`),
    {
      name: 'U+0000 in one element of an array',
      body: `[${plain('"\\u0000"')},${plain('2')}]`,
      outcome: [rejected('unstorable', `message ${NUL}`, { body: plain('"\\u0000"') }), stored('2')],
    },
    {
      name: 'U+0000 in a traceparent, which is not stored as one',
      body: plain('1', '"traceparent":"\\u0000\\ud800"'),
      outcome: stored('1', { attributes: '{"traceparent": "\uFFFD\uFFFD"}' }),
    },
    {
      name: 'U+0000 in the name of an unknown member, which is kept without it',
      body: plain('1', '"a\\u0000b":1'),
      outcome: stored('1', { attributes: '{"a\uFFFDb": 1}' }),
    },
    {
      name: 'a client of 100 emoji, which are 200 units of UTF-16',
      body: plain('1').replace('client-3', escaped('🚀'.repeat(100))),
      outcome: rejected('unknown_client', 'is not registered in tenant "default"', {
        clientId: '🚀'.repeat(100),
      }),
    },
    {
      name: 'a CloudEvent whose source has 600 emoji',
      body: cloud(
        '"data":1',
        `"specversion":"1.0","type":"user-app","source":"${escaped('😀'.repeat(600))}"`,
      ),
      outcome: stored('1', { source: '😀'.repeat(600) }),
    },
    {
      name: 'a client of 129 emoji',
      body: plain('1').replace('client-3', escaped('🚀'.repeat(129))),
      outcome: rejected(
        'invalid_envelope',
        'client_id: expected a text of 1 to 128 characters, got a text of 129 characters',
      ),
    },
    { name: 'a backslash and u0000', body: plain('"\\\\u0000"'), outcome: stored('"\\\\u0000"') },
    { name: 'a backslash and ud800', body: plain('"\\\\ud800"'), outcome: stored('"\\\\ud800"') },
    {
      name: 'control characters, escaped',
      body: plain('"\\u0001\\u0007\\u001b[31m\\u001f\\u007f"'),
      outcome: stored('"\\u0001\\u0007\\u001b[31m\\u001f\u007f"'),
    },
    {
      name: 'U+FFFE and U+FFFF, escaped',
      body: plain('"\\ufffe\\uffff"'),
      outcome: stored('"\uFFFE\uFFFF"'),
    },
    refused('U+0001', '\u0001'),
    refused('U+0000', '\u0000'),
    refused('U+001B', '\u001b'),
    refused('U+FFFE', '\uFFFE'),
    refused('U+FFFF', '\uFFFF'),
    refused('half a surrogate pair', '\ud83d'),
    { ...kept('an emoji, not escaped', '😀'), serversDiffer: true },
    { ...kept('characters beyond the BMP in 1 MiB, not escaped', '𝒳'.repeat(200_000)), serversDiffer: true },
    unescaped('an emoji', '😀'),
    unescaped('a family of emoji', '👨‍👩‍👧‍👦'),
    unescaped('a flag and a skin', '🇩🇪👍🏽'),
    unescaped('the last character of Unicode', '\u{10FFFF}'),
    unescaped('letters beyond the BMP', '𝒳𐍈𠀀'),
    kept('ä in one character', '\u00e4'),
    kept('ä in two characters', 'a\u0308'),
    kept('a sign that normalisation would change', '\u212b\ufb01\u2460'),
    kept('letters with stacked combining marks', `Z${'\u0335\u0321\u0353'.repeat(200)}`),
    kept('Arabic and Hebrew', 'مرحبا שלום'),
    kept('a direction override', 'invoice\u202efdp.exe'),
    kept('zero-width characters', 'a\u200b\u200c\u200d\u2060b'),
    kept('a BOM inside', 'a\uFEFFb'),
    kept('Unicode line breaks', '\u0085\u2028\u2029'),
    kept('controls above ASCII', '\u0080\u009f'),
    kept('private use', '\ue000\uf8ff'),
    kept('the replacement character', '\uFFFD'),
    kept('UTF-8 read as Latin-1', 'GrÃ¶ÃŸe â‚¬'),
    kept('a percent-encoded overlong encoding', '%C0%80%E0%80%AF'),
    {
      name: 'ä in one and in two characters, as keys',
      body: plain('{"a\u0308":2,"\u00e4":1}'),
      outcome: stored('{"\u00e4": 1, "a\u0308": 2}'),
    },
    {
      name: 'bytes that are not UTF-8, in Base64',
      body: cloud('"data_base64":"wIDtoIA="'),
      outcome: stored('"wIDtoIA="', { source: '/shop', payloadEncoding: 'base64' }),
    },
    unknownClient('with a Cyrillic letter', '\u0441lient-3'),
    unknownClient('with a trailing space', 'client-3 '),
    unknownClient('with a zero-width space', 'client-3\u200b'),
    unknownClient('in capitals', 'CLIENT-3'),
    unknownClient('in full-width letters', 'ｃｌｉｅｎｔ－３'),
    unknownClient('with a leading BOM', '\uFEFFclient-3'),
    unknownClient('with a soft hyphen', 'client\u00ad-3'),
    unknownClient('with a right-to-left override', '\u202e3-tneilc'),
    {
      name: 'the same id in one and in two characters',
      earlier: plain('1', '"source":"nfc","event_id":"unicode-\u00e4"'),
      body: plain('2', '"source":"nfc","event_id":"unicode-a\u0308"'),
      outcome: stored('2', { source: 'nfc', eventId: 'unicode-a\u0308' }),
    },
    {
      name: 'the same id with a trailing space',
      earlier: plain('1', '"source":"nfc","event_id":"unicode-space"'),
      body: plain('2', '"source":"nfc","event_id":"unicode-space "'),
      outcome: stored('2', { source: 'nfc', eventId: 'unicode-space ' }),
    },
  ],
};

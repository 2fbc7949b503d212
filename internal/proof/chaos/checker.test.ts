import { expect, test } from 'vitest';
import { type Evidence, type MessageRow, type RejectionRow, check } from './checker.ts';
import type { Content, Sent } from './oracle.ts';

const CONTENT: Content = { client: 'client-1', type: 'user-app', payload: { n: 1 } };

function good(id: string, changes: Partial<Sent> = {}, content: Content = CONTENT): Sent {
  return {
    tenant: 'acme',
    source: 'shop',
    id,
    place: null,
    outcome: 'ok',
    fate: { kind: 'stored', content },
    ...changes,
  };
}

function bad(id: string, changes: Partial<Sent> = {}): Sent {
  return good(id, { fate: { kind: 'rejected', reasons: ['unknown_client'] }, ...changes });
}

function message(id: string, changes: Partial<MessageRow> = {}): MessageRow {
  return { tenant: 'acme', source: 'shop', id, ...CONTENT, ...changes };
}

function rejection(id: string | null, changes: Partial<RejectionRow> = {}): RejectionRow {
  return {
    tenant: 'acme',
    id,
    sqsMessageId: `sqs ${id}`,
    index: null,
    reason: 'unknown_client',
    state: 'open',
    body: '',
    ...changes,
  };
}

/** Everything that a run without a fault leaves behind. */
const SOUND: Evidence = {
  sent: [
    good('1'),
    good('1'),
    good('2', { outcome: 'unknown' }),
    good('3', { outcome: 'unknown' }),
    good('4', { outcome: 'failed' }),
    bad('5'),
    bad('6', { outcome: 'unknown' }),
    bad('7', { id: null, place: 'sqs-7-2', fate: { kind: 'rejected', reasons: ['malformed_json'] } }),
    good('8', { place: 'sqs-8' }),
    good('8', { place: 'sqs-9' }, { ...CONTENT, payload: { n: 2 } }),
  ],
  messages: [message('1'), message('2'), message('8')],
  rejections: [
    rejection('5'),
    rejection(null, { tenant: null, sqsMessageId: 'sqs-7', index: 2, reason: 'malformed_json', body: '{' }),
    rejection('8', { sqsMessageId: 'sqs-9', reason: 'id_conflict' }),
  ],
  lateTenants: new Set(),
};

function promisesBroken(changes: Partial<Evidence>): string[] {
  return check({ ...SOUND, ...changes }).map(({ promise }) => promise);
}

function without<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, i) => i !== at);
}

test('finds nothing when everything is right', () => {
  expect(check(SOUND)).toEqual([]);
});

test('finds an accepted event that is not stored', () => {
  expect(promisesBroken({ messages: without(SOUND.messages, 0) })).toEqual(['no event is lost']);
});

test('an event whose send got no answer may be stored or not', () => {
  expect(promisesBroken({ messages: without(SOUND.messages, 1) })).toEqual([]);
});

test('finds an identity that is stored twice', () => {
  const messages = [...SOUND.messages, message('1')];
  expect(promisesBroken({ messages })).toEqual(['none is stored twice']);
});

test('finds an event that was never sent', () => {
  const messages = [...SOUND.messages, message('99')];
  expect(promisesBroken({ messages })).toEqual(['nothing is made up']);
});

test('finds a stored event that SQS refused', () => {
  const messages = [...SOUND.messages, message('4')];
  expect(promisesBroken({ messages })).toEqual(['nothing is made up']);
});

test('finds an event that is stored under another tenant', () => {
  const messages = [message('1', { tenant: 'globex' }), ...without(SOUND.messages, 0)];
  expect(promisesBroken({ messages })).toEqual(['no event is lost', 'nothing is made up']);
});

test.each([{ payload: { n: '1' } }, { client: 'client-2' }, { type: 'monitor-app' }])(
  'finds an event that is stored with other content: %j',
  (change) => {
    const messages = [message('1', change), ...without(SOUND.messages, 0)];
    expect(promisesBroken({ messages })).toEqual(['values stay as they are']);
  },
);

test('finds a bad event without a rejection', () => {
  expect(promisesBroken({ rejections: without(SOUND.rejections, 0) })).toEqual([
    'bad events become rejections',
  ]);
});

test('finds a body without a rejection that has no id', () => {
  expect(promisesBroken({ rejections: without(SOUND.rejections, 1) })).toEqual([
    'bad events become rejections',
  ]);
});

test('finds a conflicting event without a rejection', () => {
  expect(promisesBroken({ rejections: without(SOUND.rejections, 2) })).toEqual([
    'bad events become rejections',
  ]);
});

test('finds a rejection for a wrong reason', () => {
  const rejections = [rejection('5', { reason: 'unstorable' }), ...without(SOUND.rejections, 0)];
  expect(promisesBroken({ rejections })).toEqual(['bad events become rejections']);
});

test('finds a wrong reason for a body that has no id', () => {
  const wrong = { ...(SOUND.rejections[1] as RejectionRow), reason: 'invalid_envelope' };
  expect(promisesBroken({ rejections: [...without(SOUND.rejections, 1), wrong] })).toEqual([
    'bad events become rejections',
  ]);
});

test('finds a bad event that is rejected twice', () => {
  const rejections = [...SOUND.rejections, rejection('5', { sqsMessageId: 'another' })];
  expect(promisesBroken({ rejections })).toEqual(['none is stored twice']);
});

test('finds a good event that is rejected', () => {
  const rejections = [...SOUND.rejections, rejection('1', { reason: 'unstorable' })];
  expect(promisesBroken({ rejections })).toEqual(['good events are not rejected']);
});

test('finds an id_conflict of an event that is stored with that content', () => {
  const rejections = [...SOUND.rejections, rejection('1', { reason: 'id_conflict' })];
  expect(promisesBroken({ rejections })).toEqual(['good events are not rejected']);
});

test('finds a rejection of an event that was never sent', () => {
  const rejections = [...SOUND.rejections, rejection('99')];
  expect(promisesBroken({ rejections })).toEqual(['nothing is made up']);
});

test('finds a bad event that is stored', () => {
  const messages = [...SOUND.messages, message('5')];
  expect(promisesBroken({ messages })).toEqual(['nothing is made up']);
});

test('a tenant that was registered late may have had rejections, which must be replayed', () => {
  const early = rejection('1', { reason: 'unknown_tenant', state: 'replayed' });
  const late = { lateTenants: new Set(['acme']) };
  expect(promisesBroken({ ...late, rejections: [...SOUND.rejections, early] })).toEqual([]);
  const twice = [...SOUND.rejections, early, { ...early, sqsMessageId: 'its repetition' }];
  expect(promisesBroken({ ...late, rejections: twice })).toEqual([]);
  const open = { ...early, state: 'open' };
  expect(promisesBroken({ ...late, rejections: [...SOUND.rejections, open] })).toEqual([
    'good events are not rejected',
  ]);
});

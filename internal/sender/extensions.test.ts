import { expect, test } from 'vitest';
import { extensionsOf } from './extensions.ts';

function asObject(json: string | null): unknown {
  return extensionsOf(json).map(({ name, value }) => [name, value]);
}

test.each([
  ['no attributes', null, []],
  [
    'texts and booleans',
    '{"subject":"a b","flag":true,"off":false}',
    [
      ['subject', 'a b'],
      ['flag', true],
      ['off', false],
    ],
  ],
  [
    'integers of 32 bits',
    '{"a":-2147483648,"b":2147483647,"c":0}',
    [
      ['a', -2147483648],
      ['b', 2147483647],
      ['c', 0],
    ],
  ],
  [
    'other numbers as their digits',
    '{"a":2147483648,"b":-2147483649,"c":1.50,"d":9223372036854775808,"e":1e400}',
    [
      ['a', '2147483648'],
      ['b', '-2147483649'],
      ['c', '1.50'],
      ['d', '9223372036854775808'],
      ['e', '1e400'],
    ],
  ],
  [
    'arrays and objects as JSON',
    '{"a":[1.0, "x"],"b":{"c": null}}',
    [
      ['a', '[1.0,"x"]'],
      ['b', '{"c":null}'],
    ],
  ],
  ['nothing for null and empty texts', '{"a":null,"subject":""}', []],
  [
    'names made of letters and digits',
    '{"Order_Id":"a","x-y.z":"b","über1":"c"}',
    [
      ['orderid', 'a'],
      ['xyz', 'b'],
      ['ber1', 'c'],
    ],
  ],
  ['nothing for names without any', '{"___":"a","日本":"b","":"c"}', []],
  ['the first of two that become the same', '{"a_b":"first","a-b":"second"}', [['ab', 'first']]],
  ['the name that needs no change', '{"a_b":"changed","ab":"kept"}', [['ab', 'kept']]],
  [
    'nothing under names of our own',
    '{"id":"x","time":"yesterday","traceparent":"x","Tenant_Id":"x","specversion":"2","data":1,"type":"x"}',
    [],
  ],
  [
    'names that objects have',
    '{"__proto__":"a","constructor":"b"}',
    [
      ['proto', 'a'],
      ['constructor', 'b'],
    ],
  ],
])('takes of the attributes of a message: %s', (_, json, expected) => {
  expect(asObject(json)).toEqual(expected);
});

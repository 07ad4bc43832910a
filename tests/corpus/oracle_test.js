'use strict';
// What the oracle must do where real maps do not lead: examples worked out by hand from ecma-426.md.

const assert = require('node:assert');
const { Refused, parseMap, dumpTokens, dumpSources } = require('./oracle.js');

const encode = (json) => Buffer.from(typeof json === 'string' ? json : JSON.stringify(json));
const parse = (json) => parseMap(encode({ version: 3, sources: ['a', 'b'], names: ['n', 'm'], ...json }));
const rows = (chunks) => [...chunks].join('').replaceAll('\t', ' ').split('\n').slice(0, -1);
const tokens = (mappings) => rows(dumpTokens(parse({ mappings })));
const sources = (json) => rows(dumpSources(parse({ mappings: '', ...json })));

const decoded = {
  '': [],
  ';;': [],
  'A': ['0 0    '],
  'AAAA,CAAC;AACA': ['0 0 0 0 0 ', '0 1 0 0 1 ', '1 0 0 1 1 '],
  'AAAAC,CAAAD': ['0 0 0 0 0 m', '0 1 0 0 0 n'],
  '+/////D': ['0 2147483647    '], // 2^31 - 1
  'ggggggggggA': ['0 0    '], // zero padding
  // A broken grammar anywhere empties the list, even beside an overflow.
  'AAAA,': [], ',AAAA': [], 'AA': [], 'AAAAAA': [], 'AAA=': [], 'AAAA, AAAA': [], 'AAAA,g': [],
  'ggggggE,AA': [],
  // A negative column: the segment's other fields are not read, the column goes on from there.
  'DCCC,EAAA': ['0 1 0 0 0 '],
  'DggggggEAA,EAAA': ['0 1 0 0 0 '],
  'BAAA,CAAA;AAAA': ['1 0 0 0 0 '], // B is -2^31
  // No such source, or a negative position: no original, but the state is kept, and so is the name.
  'AEAA,CDAA': ['0 0    ', '0 1 1 0 0 '],
  'AADA,CACA': ['0 0    ', '0 1 0 0 0 '],
  'AAADA': ['0 0    n'],
  'AAAAE,CAAAD': ['0 0 0 0 0 ', '0 1 0 0 0 m'],
  // The sort is by position alone, and stable.
  'EAAA,DACA,AACA': ['0 1 0 1 0 ', '0 1 0 2 0 ', '0 2 0 0 0 '],
};
for (const [mappings, expected] of Object.entries(decoded)) assert.deepEqual(tokens(mappings), expected, mappings);

const refuse = (act) => assert.throws(act, Refused);
refuse(() => tokens('ggggggE')); // 2^31
refuse(() => tokens('+/////D,+/////D,E')); // 2^32
refuse(() => parse({ mappings: 1 }));
refuse(() => parse({ mappings: '', sources: {} }));
refuse(() => parseMap(encode('[]')));
refuse(() => parseMap(encode('null')));
refuse(() => parseMap(encode(")]}'")));
const map = '{"version":3,"mappings":"A","sources":[],"names":[]}';
refuse(() => parseMap(encode("\ufeff)]}'\n" + map)));
refuse(() => parseMap(encode(")]}'\n\ufeff" + map))); // the line feed stays, so this BOM is not the first character
for (const prefix of ['', '\ufeff', ")]}'\n", ")]}' anything\r"]) {
  assert.equal(parseMap(encode(prefix + map)).tokens.length, 1, JSON.stringify(prefix));
}

const listed = [
  [{ sourceRoot: 'r', sources: ['a', null, '/b', ''] }, ['0 r/a  ', '1   ', '2 r//b  ', '3 r/  ']],
  [{ sourceRoot: 'r/', sources: ['a\\\t'] }, ['0 r/a\\\\\\t  ']],
  [{ sourceRoot: null, sourcesContent: ['', 'é\ud83d\ude00\ud800', 'surplus'] }, ['0 a 0 1', '1 b 9 1']],
  [{ sourcesContent: 7 }, ['0 a  ', '1 b  ']],
];
for (const [json, expected] of listed) assert.deepEqual(sources(json), expected);

const sourcesContent = ['1\r\n2\r3\n\r4\f\u20285\u2029'];
const lines = (name) => Number(sources({ sources: [name], sourcesContent })[0].split(' ')[3]);
assert.equal(lines('a.js'), 7);
assert.equal(lines('a.css'), 6);
assert.equal(lines('a.scss?v=1'), 6);
assert.equal(lines('a.js?x.css'), 7);

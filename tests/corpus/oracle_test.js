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

// ---- index maps, debug IDs, ignore lists ----

const part = (mappings, json) => ({ version: 3, sources: ['a', 'b'], names: ['n'], mappings, ...json });
const at = (line, column, map) => ({ offset: { line, column }, map });
const index = (...sections) => parseMap(encode({ version: 3, sections }));
const indexed = [
  [[], []],
  [[at(0, 2, part('AAAA;CAAAA')), at(1, 9, part('AAAA,CCAA;A'))],
    ['0 2 0 0 0 ', '1 1 0 0 0 n', '1 9 2 0 0 ', '1 10 3 0 0 ', '2 0    ']],
  // The sections are neither cut at their successors nor expected in order; ties stay in the order of the sections.
  [[at(0, 4, part('IAAA')), at(0, 0, part('AAAA,QAAA'))], ['0 0 2 0 0 ', '0 8 0 0 0 ', '0 8 2 0 0 ']],
  // Nested: the outer column is for the first line of the inner map alone.
  [[at(1, 5, { sections: [at(0, 1, part('AAAA')), at(2, 3, part('AAAA;AAAA'))] })],
    ['1 6 0 0 0 ', '3 3 2 0 0 ', '4 0 2 0 0 ']],
  // What is no section, or holds no map that can be decoded, is left out, and its sources with it.
  [[null, 7, at(0, 0, {}), at(0, 0, part('ggggggE')), { offset: {}, url: 'x' }, at(-1, 1.5, part('CAAA'))],
    ['0 1 0 0 0 ']],
];
for (const [sections, expected] of indexed) assert.deepEqual(rows(dumpTokens(index(...sections))), expected);

const nest = (levels) => (levels === 0 ? part('A') : { sections: [at(0, 1, nest(levels - 1))] });
assert.equal(index(at(0, 0, nest(15))).tokens[0][1], 15); // 16 levels of index maps
assert.deepEqual(index(at(0, 0, nest(16))).tokens, []);
for (const sections of [null, {}, [{ map: part('') }], [at(0, 0)], [at(0, 0, 'A')], [{ offset: 0, map: part('') }]]) {
  refuse(() => parseMap(encode({ version: 3, sections })));
}

const ignored = (json) => parse({ mappings: '', ...json }).sources.map((source) => source.isIgnored);
assert.deepEqual(ignored({ ignoreList: [1, 1, 7, '0', -1, 0.5] }), [false, true]);
assert.deepEqual(ignored({ x_google_ignoreList: [0] }), [true, false]);
assert.deepEqual(ignored({ ignoreList: null, x_google_ignoreList: [0] }), [false, false]);
const sectioned = index(at(0, 0, part('', { ignoreList: [1] })), at(1, 0, part('', { x_google_ignoreList: [0] })));
assert.deepEqual(rows(dumpSources(sectioned, true)), ['0 a    ', '1 b   ignored ', '2 a   ignored ', '3 b    ']);

const ID = '0123abcd-4567-89ab-cdef-0123456789ab';
assert.equal(parse({ mappings: '', debugId: ID.toUpperCase(), debug_id: 'x' }).debugId, ID);
assert.equal(parse({ mappings: '', debug_id: ID }).debugId, ID);
assert.equal(parse({ mappings: '', debugId: 'x' }).debugId, null);
assert.equal(index(at(0, 0, part('', { debugId: ID }))).debugId, null);

'use strict';
// The oracle on worked examples: what is written beside them has to come out.

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { ask } = require('./oracle.js');
const { Innermost } = require('./innermost.js');
const { lineStarts, positionOf, skipTrivia } = require('./text.js');

const FOLDER = path.join(__dirname, 'examples');

function functionsOf(name, notOfBabel = []) {
  const text = fs.readFileSync(path.join(FOLDER, name), 'utf8');
  const { functions, failed, disagreement } = ask(text, name.split('.').at(-1));
  const peers = notOfBabel.includes(name) ? ['Babel'] : [];
  assert.deepStrictEqual([Object.keys(failed), disagreement], [peers, null], name);
  return { text, functions };
}

const list = (names) => names.map((name) => name ?? '-').join(', ');

// What is written beside each line of the text, of those with functions or with names beside them.
function writtenBeside(text) {
  const wanted = text.split('\n').map((line) => /\/\/=(?: (.*?))?(?: peers: (.*))?$/.exec(line));
  return wanted.map((match, i) => (match ? `${i + 1}: ${match[1] ?? ''} peers: ${match[2] ?? match[1] ?? ''}` : null));
}

function testNames(name) {
  const { text, functions } = functionsOf(name);
  const starts = lineStarts(text);
  const found = writtenBeside(text).map((wanted, i) => {
    const there = functions.filter((fn) => positionOf(starts, fn.start)[0] === i + 1);
    if (wanted === null && there.length === 0) return null;
    return `${i + 1}: ${list(there.map((fn) => fn.name))} peers: ${list(there.map((fn) => fn.peersName))}`;
  });
  assert.deepStrictEqual(found, writtenBeside(text), name);
}

function testRanges(name) {
  const { text, functions } = functionsOf(name);
  const found = functions.map(({ start, end }) => `${start}-${end}`).sort();
  const open = [];
  const wanted = [];
  for (const { 0: mark, index } of text.matchAll(/\/\*[<>]\*\//g)) {
    if (mark === '/*<*/') open.push(index + mark.length);
    else wanted.push(`${open.pop()}-${index}`);
  }
  assert.ok(wanted.length > 20);
  assert.deepStrictEqual(found, wanted.sort(), name);
}

function testParts() {
  assert.strictEqual(skipTrivia(' /* a */ // b\n c', 0), 15);
  assert.deepStrictEqual([0, 1, 3, 4].map((at) => positionOf(lineStarts('a\r\nb\u2028c'), at)),
    [[1, 1], [1, 2], [2, 1], [2, 2]]);
  const [outer, inner, next] = [{ start: 1, end: 9 }, { start: 3, end: 5 }, { start: 5, end: 6 }];
  const innermost = new Innermost([outer, inner, next]);
  assert.deepStrictEqual([0, 1, 2, 3, 4, 5, 6, 8, 9].map((at) => innermost.at(at)),
    [null, outer, outer, inner, inner, next, outer, outer, null]);
}

testParts();
for (const name of fs.readdirSync(FOLDER)) {
  // Of what is hard to scan only check.py is a test: the peers say what it has.
  if (name.startsWith('hard')) assert.ok(functionsOf(name, ['hard_compiler.ts']).functions.length > 10);
  else (name.startsWith('ranges') ? testRanges : testNames)(name);
}
// A text of which no parser makes anything, and one that one of them refuses.
assert.strictEqual(ask('let x: = 1', 'ts').functions, null);
assert.deepStrictEqual(Object.keys(ask('@d class A {}', 'js').failed), ['acorn']);
assert.strictEqual(ask('@d class A {}', 'js').functions, null);

'use strict';
// The oracle for oracle.py: one request a line on stdin, one answer a line on stdout, both JSON.
//
//   {"path", "language", "out"}   writes to `out` what the oracle says of the file -> {"error": null | text}

const fs = require('node:fs');
const readline = require('node:readline');
const { ask } = require('./oracle.js');
const { lineStarts, positionOf } = require('./text.js');

// A byte order mark is no part of the text.
const readText = (path) => new TextDecoder('utf-8').decode(fs.readFileSync(path));

// [start line, start column, end line, end column, name, last component, and where it differs, the peers' name]
function rowOf(starts, { start, end, name, last, peersName }) {
  const row = [...positionOf(starts, start), ...positionOf(starts, end), name, last];
  return peersName === name ? row : [...row, peersName];
}

function answer({ path, language, out }) {
  const text = readText(path);
  const said = ask(text, language);
  const starts = lineStarts(text);
  const functions = said.functions && said.functions.map((fn) => rowOf(starts, fn));
  fs.writeFileSync(`${out}.part`, JSON.stringify({ ...said, functions }));
  fs.renameSync(`${out}.part`, out);
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  let error = null;
  try {
    answer(JSON.parse(line));
  } catch (thrown) {
    error = thrown.stack;
  }
  fs.writeSync(1, `${JSON.stringify({ error })}\n`);
});

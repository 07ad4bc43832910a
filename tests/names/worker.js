'use strict';
// The oracle for peers.py: one request a line on stdin, one answer a line on stdout, both JSON.
//
//   {"op": "functions", "path", "language", "out"}   writes to `out` what functions the file has
//   {"op": "table", "path", "map", "out"}            and how those of a bundle are named: table.js
//   {"op": "mutate", "paths", "language", "seed", "n", "out"}               n changed texts: mutate.js
//   {"op": "shorten", "program", "text", "language", "kind", "out"}         one of them, as short as can be
//
// Answers are {"error": null | text}.

const fs = require('node:fs');
const readline = require('node:readline');
const { mutate, shorten } = require('./mutate.js');
const { ask } = require('./oracle.js');
const { measure } = require('./table.js');
const { lineStarts, positionOf } = require('./text.js');

// A byte order mark is no part of the text.
const readText = (path) => new TextDecoder('utf-8').decode(fs.readFileSync(path));

// [start line, start column, end line, end column, name, last component, and where it differs, the peers' name]
function rowOf(starts, { start, end, name, last, peersName }) {
  const row = [...positionOf(starts, start), ...positionOf(starts, end), name, last];
  return peersName === name ? row : [...row, peersName];
}

const operations = {
  functions({ path, language }) {
    const text = readText(path);
    const said = ask(text, language);
    const starts = lineStarts(text);
    return { ...said, functions: said.functions && said.functions.map((fn) => rowOf(starts, fn)) };
  },

  table({ path, map }) {
    return measure(fs.readFileSync(map), readText(path));
  },

  mutate,
  shorten,
};

// A rename shows all of an answer or nothing.
function answer(request) {
  fs.writeFileSync(`${request.out}.part`, JSON.stringify(operations[request.op](request)));
  fs.renameSync(`${request.out}.part`, request.out);
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

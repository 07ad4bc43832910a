'use strict';
// The JavaScript side of check.py: one request a line on stdin, one answer a line on stdout, both JSON.
//
//   {"op": "rules"}                                      -> {"rules": {name: text}}
//   {"op": "dump", "map", "tokens", "sources", "queries", "max_positions", "show_ignored"}
//       compares both dump files with the oracle, writes the file of positions
//       -> {"errors", "n_tokens", "n_ignored", "debug_id", "n_positions"}
//   {"op": "lookup", "answers"}   for the same map       -> {"errors", "counts"}
//
// A process for many maps: starting node 2,000 times would take longer than the work.

const crypto = require('node:crypto');
const fs = require('node:fs');
const readline = require('node:readline');
const { Refused, parseMap, dumpTokens, dumpSources } = require('./oracle.js');
const { RULES, Comparison, makePositions } = require('./trace.js');

// Compares a file with the chunks of text that it should hold, chunk by chunk. Returns a message, or null.
function compareFile(what, path, chunks) {
  const fd = fs.openSync(path);
  try {
    let rows = 0;
    for (const chunk of chunks) {
      const wanted = Buffer.from(chunk);
      const found = Buffer.alloc(wanted.length);
      const size = fs.readSync(fd, found);
      if (size < wanted.length || !found.equals(wanted)) return difference(what, found.subarray(0, size), wanted, rows);
      for (let i = wanted.indexOf(10); i >= 0; i = wanted.indexOf(10, i + 1)) rows++;
    }
    const more = fs.readSync(fd, Buffer.alloc(1));
    return more ? `${what}: goes on after the last of ${rows} rows` : null;
  } finally {
    fs.closeSync(fd);
  }
}

function difference(what, found, wanted, rows) {
  const f = found.toString().split('\n');
  const w = wanted.toString().split('\n');
  const i = w.findIndex((line, k) => line !== f[k]);
  if (found.length < wanted.length && i >= f.length - 1) return `${what}: ends within row ${rows + f.length - 1}`;
  // `found` may be cut inside this row, as the rows differ in length.
  return `${what}: row ${rows + i} is ${JSON.stringify(f[i])}…, not ${JSON.stringify(w[i])}`;
}

let current = null; // what "lookup" needs of the last "dump"

const operations = {
  rules: () => ({ rules: RULES }),

  dump(request) {
    current = null;
    const bytes = fs.readFileSync(request.map);
    let map;
    try {
      map = parseMap(bytes);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { errors: [`the oracle refuses the map: ${error.message}`] };
    }
    const errors = [
      compareFile('dump', request.tokens, dumpTokens(map)),
      compareFile('dump --sources', request.sources, dumpSources(map, request.show_ignored)),
    ].filter((message) => message !== null);
    const count = Math.min(request.max_positions, 4 * map.tokens.length + 50);
    const seed = crypto.createHash('sha256').update(bytes).digest().readUInt32LE();
    const positions = makePositions(map.tokens, count, seed);
    fs.writeFileSync(request.queries, positions.map(([line, column]) => `${line}:${column}\n`).join(''));
    current = { text: bytes.toString(), sources: map.sources, positions };
    const ignored = map.sources.filter((source) => source.isIgnored);
    return { errors, n_tokens: map.tokens.length, n_ignored: ignored.length, debug_id: map.debugId,
      n_positions: positions.length };
  },

  lookup(request) {
    const comparison = new Comparison(current.text, current.sources);
    comparison.compareAll(current.positions, fs.readFileSync(request.answers, 'utf8'));
    return { errors: comparison.errors, counts: comparison.counts };
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = operations[request.op](request);
  } catch (error) {
    answer = { errors: [`worker.js, ${request.op}: ${error.stack}`] };
  }
  fs.writeSync(1, JSON.stringify(answer) + '\n');
});

'use strict';
// What a generated file, its map and its functions say about a place, by @jridgewell/trace-mapping and acorn. All
// counts from 0 here.

const fs = require('node:fs');
const { TraceMap, decodedMappings, traceSegment } = require('@jridgewell/trace-mapping');

const isBefore = (a, b) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
const isIn = (place, { start, end }) => !isBefore(place, start) && isBefore(place, end);

// Functions of a file, as functions.mjs lists them: the innermost one with that place, null on the top level.
class Functions {
  constructor(list) {
    this.list = list; // outer ones first
  }

  at(place) {
    return this.list.findLast((one) => isIn(place, one)) ?? null;
  }

  // The innermost one whose head, up to its body, has the place.
  withHead(place) {
    return this.list.findLast((one) => isIn(place, { start: one.start, end: one.body })) ?? null;
  }
}

class Generated {
  // The map is beside the file, or the file is a source itself; `functions` is what functions.mjs lists, if that is
  // needed.
  constructor(file, functions) {
    this.lines = fs.readFileSync(file, 'utf8').split('\n');
    this.map = fs.existsSync(`${file}.map`) ? new TraceMap(fs.readFileSync(`${file}.map`, 'utf8')) : null;
    this.functions = functions && new Functions(functions);
    this.tokens = this.map ? decodedMappings(this.map).map((line) => line.filter((token) => token.length > 1)) : [];
  }

  source(token) {
    return { source: this.map.sources[token[1]], line: token[2], column: token[3] };
  }

  // What trace-mapping answers: { source, line, column }, or null. Of several tokens right there it takes the first, we
  // the last.
  lookUp([line, column]) {
    const token = this.tokens[line]?.findLast((one) => one[0] === column) ?? traceSegment(this.map, line, column);
    return token === null || token.length === 1 ? null : this.source(token);
  }

  // The source from a place on, to the end of the line; null where the map has no content.
  sourceText({ source, line, column }) {
    const content = this.map.sourcesContent?.[this.map.sources.indexOf(source)];
    return content ? content.split(/\r\n|[\n\r\u2028\u2029]/)[line].slice(column) : null;
  }

  // Whether a token starts right there.
  hasToken([line, column]) {
    return (this.tokens[line] ?? []).some((token) => token[0] === column);
  }

  // The token after a place, on its line, and the text up to it.
  next([line, column]) {
    const token = (this.tokens[line] ?? []).find((one) => one[0] > column);
    return token ? { ...this.source(token), gap: this.lines[line].slice(column, token[0]) } : null;
  }

  // Whether the map has no token for what the engine points at, which is `wanted`: { source, line, column } and the
  // `lines` of that source. It then is punctuation or `await`, and the next token leads to just behind: the text
  // between is the same. The source may have more in front of it, like a variable that the minifier replaced by its
  // value; the generated file may have more behind it, like the sign of a folded number.
  hasNoToken(place, { source, line, column, lines }) {
    const next = this.next(place);
    if (next === null || next.source !== source || next.line !== line || next.column <= column) return false;
    const [gap, between] = [next.gap, lines[line].slice(column, next.column)].map((text) => text.replace(/\s/g, ''));
    if (!/^(await|\W+)$/.test(gap) || !(between.endsWith(gap) || gap.startsWith(between))) return false;
    if (!this.hasToken(place)) return true;
    // terser has one for the `(` of a call of a call, which leads to where the outer call starts.
    const start = this.lookUp(place);
    return gap === '(' && between === '(' && start.source === source && start.line === line && start.column < column;
  }

  textFrom([line, column]) {
    return [this.lines[line].slice(column), ...this.lines.slice(line + 1)].join('\n');
  }

  // Where the function around a place comes from: the places that the tokens of its head lead to, and that of the first
  // token behind the head.
  functionAround(place) {
    const found = this.functions.at(place);
    if (found === null) return { head: [], first: null };
    const { start, body, end } = found;
    const tokens = this.tokens.slice(start[0], end[0] + 1).flatMap((line, i) =>
      line.map((token) => ({ ...this.source(token), at: [start[0] + i, token[0]] })));
    return { head: tokens.filter(({ at }) => isIn(at, { start, end: body })),
      first: tokens.find(({ at }) => isIn(at, { start: body, end })) ?? null };
  }
}

module.exports = { Functions, Generated };

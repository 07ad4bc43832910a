'use strict';
// Random positions, and the comparison of what `smcache lookup` says about them with @jridgewell/trace-mapping.

const { AnyMap, decodedMappings, originalPositionFor, traceSegment } = require('@jridgewell/trace-mapping');
const { escape } = require('./oracle.js');

const MAX_REPORTS = 5;

// What a row of an answer can be. It is either the same as trace-mapping's, or one of the differences (or both of
// them) explains it, by a condition that is checked for this very row. Anything else is an error.
const RULES = {
  'same, mapped': 'both name the same original position',
  'same, unmapped': 'both say that there is none',
  'source URL': 'difference: same source index, but trace-mapping normalises its URL; we keep the text verbatim',
  'last of several': 'difference: of several tokens at exactly this position it takes the first, we the last',
  'nested column': 'difference: in nested index maps it adds the outer column on later lines too; not so when unnested',
};

// ---- positions ----

// Marsaglia's xorshift; a fixed seed makes every run ask the same questions.
function random(seed) {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function makePositions(tokens, count, seed) {
  const below = random(seed);
  const lineCount = tokens.length ? tokens.at(-1)[0] + 1 : 0;
  const first = [], last = []; // token index by line; none for an empty line
  tokens.forEach(([line], i) => {
    first[line] ??= i;
    last[line] = i;
  });
  const anyLine = () => [below(lineCount + 3), below(300)]; // empty lines are among them

  const onToken = (i) => tokens[i].slice(0, 2);
  const between = (i) => { // a token and the next
    const [line, column] = tokens[i];
    const gap = i < last[line] ? tokens[i + 1][1] - column : 100;
    return [line, column + below(Math.max(gap, 1))];
  };
  const beforeFirst = (i) => {
    const [line, column] = tokens[first[tokens[i][0]]];
    return [line, below(Math.max(column, 1))];
  };
  const pastLineEnd = (i) => {
    const [line, column] = tokens[last[tokens[i][0]]];
    return [line, column + below(2) * 4_000_000 + below(1000)];
  };
  const pastLastLine = () => [lineCount + below(1_000_000), below(10)];

  // Tokens and what is between them matter most.
  const weighted = [onToken, onToken, onToken, onToken, between, between, between, between,
    beforeFirst, pastLineEnd, anyLine, pastLastLine];
  const positions = [];
  while (positions.length < count) {
    positions.push(tokens.length ? weighted[below(weighted.length)](below(tokens.length)) : anyLine());
  }
  return positions;
}

// ---- nested index maps ----

// The sections of a map, with offsets from its start, none of them an index map. An outer column counts on the first
// line of the inner map alone (section 4); `summed` is the sum that trace-mapping takes for it on any line, and
// `shifted` collects the lines where that is wrong.
function unnest(map, shifted, line = 0, column = 0, summed = 0) {
  if (!map.sections) {
    if (summed !== column) shifted.add(line);
    return [{ offset: { line, column }, map }];
  }
  return map.sections.flatMap(({ offset, map: inner }) => unnest(inner, shifted, line + offset.line,
    offset.line === 0 ? column + offset.column : offset.column, summed + offset.column));
}

// ---- comparison ----

class Comparison {
  // `sources` are ours: the names as they should come out, verbatim.
  constructor(mapText, sources) {
    const json = JSON.parse(mapText);
    this.map = this.nested = new AnyMap(json);
    this.shifted = new Set();
    if (json.sections?.some((section) => section.map.sections)) {
      this.map = new AnyMap({ version: 3, sections: unnest(json, this.shifted) });
    }
    this.sources = sources;
    this.counts = Object.fromEntries(Object.keys(RULES).map((rule) => [rule, 0]));
    this.errors = [];
    this.lastOfSeveral = new Map(); // the last segment, for the positions that have several
    decodedMappings(this.map).forEach((segments, line) => segments.forEach((segment, i) => {
      if (i > 0 && segments[i - 1][0] === segment[0]) this.lastOfSeveral.set(`${line}:${segment[0]}`, segment);
    }));
  }

  // The four fields that `lookup` should print for a segment of trace-mapping's: source, line, column, name.
  fields(segment) {
    if (segment === null || segment.length === 1) return ['', '', '', ''];
    const [, source, line, column, name] = segment;
    const nameText = segment.length === 5 ? this.map.names[name] : '';
    return [escape(this.sources[source].name ?? ''), String(line), String(column), escape(nameText)];
  }

  // traceSegment gives the source's index and originalPositionFor does not; they have to mean the same.
  checkLibrary(segment, line, column) {
    const { source, line: l, column: c, name } = originalPositionFor(this.map, { line: line + 1, column });
    const isMapped = segment !== null && segment.length > 1;
    const expected = isMapped ? [this.map.resolvedSources[segment[1]], segment[2] + 1, segment[3],
      segment.length === 5 ? this.map.names[segment[4]] : null] : [null, null, null, null];
    if ([source, l, c, name].some((value, i) => value !== expected[i])) {
      this.errors.push(`trace-mapping contradicts itself at ${line}:${column}`);
    }
  }

  compare([line, column], row) {
    const segment = traceSegment(this.map, line, column);
    this.checkLibrary(segment, line, column);
    const several = segment !== null && segment[0] === column && this.lastOfSeveral.get(`${line}:${column}`);
    const answering = several || segment;
    const expected = this.fields(answering);

    // A seventh field is there, for the function; trace-mapping knows nothing of it.
    const found = row.split('\t');
    const wanted = [String(line), String(column), ...expected];
    if (found.length !== 7) {
      this.errors.push(`lookup ${line}:${column} prints ${found.length} fields, not 7`);
      return;
    }
    if (wanted.some((field, i) => field !== found[i])) {
      const [ours, theirs] = [row, wanted.join('\t')].map((text) => JSON.stringify(text));
      this.errors.push(`lookup ${line}:${column} prints ${ours}, not ${theirs}`);
      return;
    }
    const inNested = this.nested === this.map ? segment : traceSegment(this.nested, line, column);
    const nestedDiffers = String(inNested) !== String(segment);
    if (nestedDiffers && !this.shifted.has(line)) {
      this.errors.push(`trace-mapping, ${line}:${column}: unnesting the sections gives ${segment}, not ${inNested}`);
    }
    const isMapped = answering !== null && answering.length > 1;
    const differs = expected.join('\t') !== this.fields(segment).join('\t');
    const urlDiffers = isMapped && this.map.resolvedSources[answering[1]] !== this.sources[answering[1]].name;
    if (differs) this.counts['last of several']++;
    if (urlDiffers) this.counts['source URL']++;
    if (nestedDiffers) this.counts['nested column']++;
    if (!differs && !urlDiffers && !nestedDiffers) this.counts[isMapped ? 'same, mapped' : 'same, unmapped']++;
  }

  compareAll(positions, answers) {
    const rows = answers.split('\n');
    if (rows.pop() !== '' || rows.length !== positions.length) {
      this.errors.push(`lookup prints ${rows.length} rows for ${positions.length} positions`);
      return;
    }
    for (let i = 0; i < rows.length && this.errors.length < MAX_REPORTS; i++) this.compare(positions[i], rows[i]);
  }
}

module.exports = { RULES, Comparison, makePositions };

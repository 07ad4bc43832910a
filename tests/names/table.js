'use strict';
// How well a bundle's functions are named, against the functions of the sources in its map, by last components.
//
// The published figures count each function of the bundle once, where its own code begins: at the first token of its
// body that is in no other function. What the function of the source at the token's original position is called is
// the truth. Functions without a name in the source are not counted, nor are classes and constructors.

const crypto = require('node:crypto');
const { Refused, parseMap } = require('../corpus/oracle.js');
const { Innermost, lastUpTo } = require('./innermost.js');
const { withAcorn, withTypeScript } = require('./parsers.js');
const { nameOf } = require('./rules.js');
const { lineStarts, positionOf } = require('./text.js');

const LANGUAGES = [[/\.tsx$/i, 'tsx'], [/\.[mc]?ts$/i, 'ts'], [/\.[mc]?jsx?$|\/[^./]*$/i, 'js']];
const BEYOND = 2 ** 40; // where tokens are that are on no line of the text

const byPosition = (a, b) => a.start - b.start || b.end - a.end;

// ---- the sources ----

const sources = new Map(); // by digest: bundles of a package share theirs

function parseSource({ name, content }) {
  const path = (name ?? '').replace(/(?:\?|%3F|#)[^]*$/, '');
  const language = LANGUAGES.find(([pattern]) => pattern.test(path))?.[1];
  if (content === null || !language) return null;
  const key = `${language} ${crypto.createHash('sha256').update(content).digest('hex')}`;
  if (!sources.has(key)) sources.set(key, readSource(content, language));
  return sources.get(key);
}

function readSource(content, language) {
  try {
    const functions = (language === 'js' ? withAcorn : withTypeScript)(content, language).sort(byPosition);
    const named = functions.map((fn) => ({ ...fn, step: null, last: nameOf(fn, true).last }));
    return { starts: lineStarts(content), innermost: new Innermost(named) };
  } catch {
    return null; // as in the comparison of functions
  }
}

// ---- the bundle ----

class Bundle {
  constructor(map, text) {
    this.map = map;
    this.starts = lineStarts(text);
    this.offsets = map.tokens.map(([line, column]) => (this.starts[line] ?? BEYOND) + column);
    this.functions = withAcorn(text).sort(byPosition);
    this.innermost = new Innermost(this.functions);
    this.sources = map.sources.map(parseSource);
    for (const fn of this.functions) {
      fn.text = nameOf(fn, false).last;
      fn.sentry = nameOf(fn, false, (part) => this.lead(part)).last;
    }
  }

  tokenUpTo(at) {
    return lastUpTo((i) => this.offsets[i], this.offsets.length, at);
  }

  // The function of the source at a token's original position; null where it is not known. Positions beyond the end
  // of their line are of maps that were made for another text.
  truth(token) {
    const [, , index, line, column] = token;
    const source = index === null ? null : this.sources[index];
    if (!source || line >= source.starts.length) return null;
    const at = source.starts[line] + column;
    return at < (source.starts[line + 1] ?? BEYOND) ? source.innermost.at(at) : null;
  }

  // The name that the map has for a part of a name, as Sentry looks for it; else the part's text.
  lead({ text, at }) {
    if (at === null) return text;
    const token = this.tokenOnLine(at, at);
    if (!token || token[1] < positionOf(this.starts, at)[1] - 2) return text;
    if (token[5] !== null) return this.map.names[token[5]];
    const before = this.tokenOnLine(at - 1, at);
    const isSame = before && [2, 3, 4].every((i) => before[i] === token[i]);
    return isSame && before[5] !== null ? this.map.names[before[5]] : text;
  }

  tokenOnLine(at, ofSameLine) {
    const token = this.map.tokens[this.tokenUpTo(at)];
    return token && token[0] + 1 === positionOf(this.starts, ofSameLine)[0] ? token : null;
  }

  // The index of the first token of a function's own code; -1 if there is none.
  firstOwnToken(fn) {
    for (let i = this.tokenUpTo(fn.body - 1) + 1; i < this.offsets.length && this.offsets[i] < fn.end; i++) {
      if (this.innermost.at(this.offsets[i]) === fn) return i;
    }
    return -1;
  }
}

const isClass = ({ flavour }) => flavour === 'class' || flavour === 'constructor';

// [[index of a token, truth, by the text alone, by Sentry's rules]], a row a function
function byFunction(bundle) {
  const rows = [];
  for (const fn of bundle.functions) {
    const i = isClass(fn) ? -1 : bundle.firstOwnToken(fn);
    const truth = i < 0 ? null : bundle.truth(bundle.map.tokens[i]);
    if (truth && truth.last !== null && !isClass(truth)) rows.push([i, truth.last, fn.text, fn.sentry]);
  }
  return rows;
}

// { n, text, sentry, truths }: over all tokens in named functions; truths are [index of a token, truth of it and of
// those after it] wherever that changes.
function byToken(bundle) {
  const result = { n: 0, text: 0, sentry: 0, truths: [] };
  let previous;
  bundle.map.tokens.forEach((token, i) => {
    const truth = bundle.offsets[i] >= BEYOND ? null : bundle.truth(token)?.last ?? null;
    if (truth !== previous) result.truths.push([i, truth]);
    previous = truth;
    if (truth === null) return;
    const fn = bundle.innermost.at(bundle.offsets[i]);
    result.n++;
    result.text += fn?.text === truth;
    result.sentry += fn?.sentry === truth;
  });
  return result;
}

// A bundle that cannot be parsed, or a map, has no functions.
function measure(mapBytes, text) {
  let bundle;
  try {
    bundle = new Bundle(parseMap(mapBytes), text);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof SyntaxError)) throw error;
    return { functions: [], tokens: { n: 0, text: 0, sentry: 0, truths: [] } };
  }
  return { functions: byFunction(bundle), tokens: byToken(bundle) };
}

module.exports = { measure };

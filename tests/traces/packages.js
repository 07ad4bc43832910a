'use strict';
// Whether a stack inside of a published, minified package, translated, is that of the same error in the same package
// not minified, in the same engine. That one's names are the functions'; its places lead to the sources by its own map,
// which is another one, read by @jridgewell/trace-mapping; or it is the source itself.
//
// A package that ships no such file, or no map of it, is held to trace-mapping alone, and to the texts at both ends.

const { parseFrame, parseStacks } = require('./frames.js');

const PACKAGE_RULES = {
  'right': 'the place to which the unminified file leads, and its function',
  'no name': 'the same, but the engine knows no name of the function in the unminified file',
  'no token': 'the same line; where the engine points the minified file and the unminified one have the same text, ' +
    'but one of the maps has no token there',
  'without new': 'the minifier left out the `new` of an error, so the engine points at its class, just behind it',
  'same answer': "there is no unminified file: trace-mapping's answer, and there is the same text in the source",
  'untouched': 'not of the package, or not in its map: the line is as it came',
};

const MAX_ERRORS = 20;

const placeOf = ({ place }) => [place.line - 1, place.column - 1];
const isSamePlace = (a, b) => a.source === b.source && a.line === b.line && a.column === b.column;

// Of a name, ours or V8's, what both say: the last component, without what a bundler added to keep names apart.
function lastOf(name) {
  const word = name.replace(/ \[as .*\]$/, '').replace(/^(?:new|get|set) /, '').split('.').at(-1);
  return word.replace(/\$\d+$/, '');
}

class PackageComparison {
  // `minified` and `whole`: { generated, url }; `whole` is null where there is none, and without a map where it is the
  // source, whose name is `source`. `renamed`: what we say in place of some of V8's names; `has_texts`: whether
  // contents count.
  constructor(minified, whole, { source, renamed, has_texts: hasTexts }) {
    this.renamed = new Map(Object.entries(renamed));
    Object.assign(this, { minified, whole, source, hasTexts, counts: {}, errors: [] });
  }

  count(rule) {
    this.counts[rule] = (this.counts[rule] ?? 0) + 1;
  }

  fail(message) {
    if (this.errors.length < MAX_ERRORS) this.errors.push(`${this.scenario}: ${message}`);
  }

  // `whole`: the text of the unminified file, or null.
  compare(scenario, whole, minified, translated) {
    this.scenario = scenario;
    const ours = this.framesOf(minified, this.minified.url);
    const theirs = whole === null ? null : this.framesOf(whole, this.whole.url);
    const before = minified.split('\n');
    const after = translated.split('\n');
    if (before.length !== after.length) return this.fail(`${after.length} lines, not ${before.length}`);
    if (theirs && theirs.length !== ours.length) return this.fail(`${ours.length} frames, not ${theirs.length}`);
    const frames = new Map(ours.map(({ frame, line }, i) => [line, { frame, wanted: theirs?.[i].frame ?? null }]));
    before.forEach((line, i) => {
      if (frames.has(i)) this.check(line, after[i], frames.get(i));
      else if (line !== after[i]) this.fail(`no frame of the package, but changed: ${line} -> ${after[i]}`);
    });
  }

  framesOf(text, url) {
    return parseStacks(text).flat().filter(({ frame }) => frame?.place.url === url);
  }

  check(before, after, { frame, wanted }) {
    const answer = this.minified.generated.lookUp(placeOf(frame));
    const goal = wanted && this.goalOf(wanted);
    if (answer === null) {
      const isSame = before === after && !goal;
      return isSame ? this.count('untouched') : this.fail(`${after.trim()}: the map does not know ${before.trim()}`);
    }
    const found = parseFrame(after);
    if (!found?.place.url || ['indent', 'isAsync', 'tail'].some((key) => found[key] !== frame[key])) {
      return this.fail(`not the form of ${before}: ${after}`);
    }
    const place = { source: found.place.url, line: found.place.line - 1, column: found.place.column - 1 };
    if (!isSamePlace(place, answer)) return this.fail(`${after.trim()}: trace-mapping says ${JSON.stringify(answer)}`);
    if (goal === null) return this.checkAlone(after, frame, place, wanted);
    return this.checkBoth(after, frame, found, place, wanted, goal);
  }

  // Where a frame of the unminified file leads; null where nobody knows.
  goalOf(wanted) {
    const [line, column] = placeOf(wanted);
    const { generated } = this.whole;
    return generated.map ? generated.lookUp([line, column]) : { source: this.source, line, column };
  }

  checkBoth(after, frame, found, place, wanted, goal) {
    const [ours, theirs] = [lastOf(found.name), lastOf(this.renamed.get(wanted.name) ?? wanted.name)];
    if (theirs !== '' && theirs !== '<anonymous>' && ours !== theirs) {
      return this.fail(`${after.trim()}: its name is ${wanted.name}`);
    }
    if (isSamePlace(place, goal)) return this.count(theirs === '' ? 'no name' : 'right');
    const texts = [this.minified.generated.textFrom(placeOf(frame)), this.whole.generated.textFrom(placeOf(wanted))];
    const isNear = place.source === goal.source && place.line === goal.line;
    const hasToken = [[this.minified, frame], [this.whole, wanted]].every(([{ generated }, one]) =>
      generated.map === null || generated.hasToken(placeOf(one)));
    const words = texts.map((text) => text.match(/^(\w+|\W)/)[0]);
    if (isNear && !hasToken && words[0] === words[1]) return this.count('no token');
    const isError = /^\w*Error\(/.test(texts[0]) && texts[1].startsWith(`new ${texts[0].match(/^\w+/)[0]}(`);
    if (isNear && isError && place.column === goal.column + 'new '.length) return this.count('without new');
    return this.fail(`${after.trim()}: it should be ${goal.source}:${goal.line + 1}:${goal.column + 1}`);
  }

  // Names of properties are not minified; a word leads to a word, what is none to the same.
  checkAlone(after, frame, place) {
    const { generated } = this.minified;
    const [line, column] = placeOf(frame);
    const source = this.hasTexts ? generated.sourceText(place) : null;
    if (source === null || !generated.hasToken([line, column])) return this.count('same answer');
    const [ours, theirs] = [generated.textFrom([line, column]), source].map((text) => text.match(/^([\w$]+|\W)/)?.[0]);
    const isProperty = generated.lines[line][column - 1] === '.';
    const isWord = /^[\w$]/;
    const isSame = isProperty || !isWord.test(ours) ? ours === theirs : isWord.test(theirs);
    return isSame ? this.count('same answer') : this.fail(`${after.trim()}: ${theirs} is there, not ${ours}`);
  }
}

module.exports = { PACKAGE_RULES, PackageComparison };

'use strict';
// What functions a text has, by two peers that have to agree.

const { withAcorn, withBabel, withTypeScript } = require('./parsers.js');
const { nameOf } = require('./rules.js');
const { lineStarts, positionOf } = require('./text.js');

const PEERS = {
  js: [['acorn', withAcorn], ['Babel', withBabel]],
  ts: [['TypeScript', withTypeScript], ['Babel', withBabel]],
  tsx: [['TypeScript', withTypeScript], ['Babel', withBabel]],
};

// [{ start, end, name, last, peersName }] by position, outer ones first.
function named(functions) {
  return functions.map((fn) => {
    const { name, last } = nameOf(fn, true);
    return { start: fn.start, end: fn.end, name, last, peersName: nameOf(fn, false).name };
  }).sort((a, b) => a.start - b.start || b.end - a.end);
}

const FIELDS = ['start', 'end', 'name', 'last', 'peersName'];

// The first function that two lists do not share, as a text; null where there is none.
function difference(a, b, text) {
  const n = Math.max(a.length, b.length);
  const i = Array.from({ length: n }).findIndex((_, k) => !a[k] || !b[k] || FIELDS.some((f) => a[k][f] !== b[k][f]));
  if (i < 0) return null;
  const starts = lineStarts(text);
  const show = (fn) => (fn ? `${positionOf(starts, fn.start).join(':')}-${positionOf(starts, fn.end).join(':')} ` +
    `${fn.name} (peers: ${fn.peersName})` : 'none');
  return `${show(a[i])}, but ${show(b[i])}`;
}

// { functions, failed: {peer: message}, disagreement }; functions are null where the first peer fails, or, of
// JavaScript, any.
function ask(text, language) {
  const failed = {};
  const answers = [];
  for (const [peer, parse] of PEERS[language]) {
    try {
      answers.push([peer, named(parse(text, language))]);
    } catch (error) {
      failed[peer] = String(error.message).split('\n')[0];
    }
  }
  const isMissing = language === 'js' ? answers.length < 2 : PEERS[language][0][0] in failed;
  if (isMissing) return { functions: null, failed, disagreement: null };
  const found = answers.length === 2 ? difference(answers[0][1], answers[1][1], text) : null;
  const disagreement = found && `${answers[0][0]}: ${found} by ${answers[1][0]}`;
  return { functions: answers[0][1], failed, disagreement };
}

module.exports = { ask, difference, named };

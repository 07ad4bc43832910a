'use strict';
// Stacks as V8 writes them.
//
// A frame is { indent, isAsync, name, place, tail }: name is '' where the function has none, tail what node prints
// behind (` {` or `,`). A place is { url, line, column }, counted from 1, or { evalIn, of, line, column } for evaluated
// code (evalIn: the name of the function that called eval; of: the place there, or null), or { text } for any other.

const FRAME = /^(\s*)at (async )?(.*?)( \{|,)?$/;
const PLACE = /^(.+?):(\d+):(\d+)$/;
const EVALUATED = /^eval at (.*?) \((.*)\), (.+?):(\d+):(\d+)$/;
const EVALUATED_NOWHERE = /^eval at (\S+) \((.*)\)$/;

function parsePlace(text) {
  const evaluated = text.match(EVALUATED);
  if (evaluated) {
    const [, evalIn, of, , line, column] = evaluated;
    return { evalIn, of: parsePlace(of), line: Number(line), column: Number(column) };
  }
  const nowhere = text.match(EVALUATED_NOWHERE);
  if (nowhere) return { evalIn: nowhere[1], of: parsePlace(nowhere[2]), line: null, column: null };
  const place = text.match(PLACE);
  if (place && place[1] !== '<anonymous>') return { url: place[1], line: Number(place[2]), column: Number(place[3]) };
  return { text };
}

// Null where the line is none.
function parseFrame(text) {
  const found = text.match(FRAME);
  if (!found) return null;
  const [, indent, isAsync, what, tail = ''] = found;
  const open = what.indexOf(' (');
  const named = open > 0 && what.endsWith(')');
  if (!named && !PLACE.test(what) && !/^Promise\.\w+ \(index \d+\)$/.test(what)) return null;
  return { text, indent, isAsync: Boolean(isAsync), name: named ? what.slice(0, open) : '',
    place: parsePlace(named ? what.slice(open + 2, -1) : what), tail };
}

const ELIDED = /^\s*\.\.\. \d+ lines matching cause stack trace \.\.\.$/;

// The frames of each error of a text: lists of { frame, line }, where line is the index of its line. Where node left
// frames out, as they are those of another error, `frame` is null.
function parseStacks(text) {
  const stacks = [];
  let last = -2;
  text.split('\n').forEach((line, i) => {
    const frame = parseFrame(line);
    if (frame === null && !ELIDED.test(line)) return;
    if (last !== i - 1) stacks.push([]);
    stacks.at(-1).push({ frame, line: i });
    last = i;
  });
  return stacks;
}

module.exports = { parseFrame, parseStacks };

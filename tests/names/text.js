'use strict';
// Positions in a text.

// The first position from `at` on that is neither white space nor in a comment.
function skipTrivia(text, at) {
  const trivia = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
  trivia.lastIndex = at;
  trivia.test(text);
  return trivia.lastIndex;
}

// Lines as JavaScript counts them.
function lineStarts(text) {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) starts.push(end.index + end[0].length);
  return starts;
}

// [line, column] from 1, columns in UTF-16 code units.
function positionOf(starts, at) {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= at) low = middle;
    else high = middle;
  }
  return [low + 1, at - starts[low] + 1];
}

module.exports = { skipTrivia, lineStarts, positionOf };

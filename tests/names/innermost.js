'use strict';
// Which of nested ranges a position is in.

// The index of the last of n ascending values that is not above `value`; -1 if all are.
function lastUpTo(valueAt, n, value) {
  let low = -1;
  let high = n;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (valueAt(middle) <= value) low = middle;
    else high = middle;
  }
  return low;
}

class Innermost {
  // `functions` are { start, end }, sorted by start, outer ones first.
  constructor(functions) {
    this.starts = []; // from here on, code is of `functions` at the same index
    this.functions = [];
    const open = [];
    for (const fn of functions) {
      while (open.length > 0 && open.at(-1).end <= fn.start) this.close(open);
      this.mark(fn.start, fn);
      open.push(fn);
    }
    while (open.length > 0) this.close(open);
  }

  close(open) {
    this.mark(open.pop().end, open.at(-1) ?? null);
  }

  mark(at, fn) {
    this.starts.push(at);
    this.functions.push(fn);
  }

  at(position) {
    return this.functions[lastUpTo((i) => this.starts[i], this.starts.length, position)] ?? null;
  }
}

module.exports = { Innermost, lastUpTo };

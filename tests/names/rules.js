'use strict';
// The name of a function: a walk outwards from it over a chain of steps, which the adapters (estree.js, typescript.js)
// make of their trees. What is on the way and is no step (calls, arrays, conditionals, parentheses) adds nothing.
//
// Rules come in two versions: what peers do, slips included, and what we want (`better`).

const BOUNDARY = 'boundary'; // parameters or body of a function, or the program. of: the flavour of that function
const OBJECT = 'object'; // an object literal
const PROPERTY = 'property'; // the value of an object's property. key
const CLASS = 'class'; // id (or null), declared
const FIELD = 'field'; // the value of a class's field. key
const DECLARATOR = 'declarator'; // the value of a variable. id, or null for a pattern
const ASSIGN = 'assign'; // the right side of an assignment. left: parts of the name, or null for other targets
const ATTRIBUTE = 'attribute'; // the value of a JSX attribute. key
const DEFAULT = 'default'; // what `export default` exports

// A key is { type: 'id' | 'private' | 'string' | 'number' | 'computed', text }, the text as it is in the source.

const IDENTIFIER_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const isId = (key, better) => key.type === 'id' || (better && key.type === 'string' && IDENTIFIER_NAME.test(key.text));

function memberPart(key, better) {
  if (isId(key, better) || key.type === 'private') return key.text;
  if (key.type === 'string') return `<"${key.text}">`;
  return key.type === 'number' ? `<${key.text}>` : '<computed>';
}

// The components of a name, outermost first.
class Parts {
  constructor(better) {
    this.better = better;
    this.list = [];
    this.ofClassExpression = false; // the first one is the class's own name
  }

  prepend(...parts) {
    // `Foo = class Foo {}` is one Foo.
    if (this.better && this.ofClassExpression && parts.at(-1) === this.list[0]) this.list.shift();
    this.list.unshift(...parts);
    this.ofClassExpression = false;
  }

  replaceLast(id) {
    if (!this.better && this.list.at(-1)?.startsWith('[')) this.list.push(this.list.pop().slice(0, -1) + id);
    else this.list.splice(-1, 1, id);
  }

  finish(prefix = '') {
    if (this.list.length === 0) return { name: null, last: null };
    const joined = this.list.reduce((name, part) => name + (part.startsWith('[') ? '' : '.') + part);
    return { name: prefix + joined, last: this.list.at(-1) };
  }
}

const withoutPrivate = (left) => left.filter((part) => !part.startsWith('#'));

// Walks from `step` outwards and puts in front of `parts` what it finds.
function walk(step, parts) {
  const { better } = parts;
  let inObject = false;
  for (; step !== null; step = step.outer) {
    switch (step.kind) {
      case BOUNDARY:
        if (!better && step.of === 'object getter') break; // a slip: the walk goes on
        if (inObject && parts.list.length > 0) parts.prepend('<object>');
        return;
      case OBJECT:
        inObject = true;
        break;
      case PROPERTY:
        if (isId(step.key, better)) parts.prepend(step.key.text);
        break;
      case CLASS:
        if (step.id === null) break;
        parts.prepend(step.id);
        if (step.declared) return;
        parts.ofClassExpression = true;
        break;
      case FIELD:
        if (better) parts.prepend(memberPart(step.key, better));
        break;
      case DECLARATOR:
        if (step.id === null) break;
        parts.prepend(step.id);
        return;
      case ASSIGN:
        if (step.left === null) break;
        parts.prepend(...(better ? step.left : withoutPrivate(step.left)));
        return;
      case ATTRIBUTE:
        if (better) parts.prepend(step.key.text);
        break;
      case DEFAULT:
        if (!better) break;
        parts.prepend('default');
        return;
      default:
        throw new Error(`no such step: ${step.kind}`);
    }
  }
}

// `fn` is { flavour, id, key, step }; step is the innermost one around it, for a class its own.
function nameOf(fn, better) {
  const parts = new Parts(better);
  switch (fn.flavour) {
    case 'declaration':
      if (fn.id === null) walk(fn.step, parts);
      else parts.prepend(fn.id);
      return parts.finish();
    case 'expression':
      walk(fn.step, parts);
      if (fn.id !== null) parts.replaceLast(fn.id);
      return parts.finish();
    case 'method':
    case 'getter':
    case 'setter': {
      parts.prepend(memberPart(fn.key, better));
      walk(fn.step, parts);
      const plain = fn.flavour === 'method' || (!better && fn.key.type === 'private');
      return parts.finish(plain ? '' : `${fn.flavour.slice(0, 3)} `);
    }
    case 'class':
    case 'constructor':
      walk(fn.step, parts);
      return parts.finish('new ');
    default:
      throw new Error(`no such flavour: ${fn.flavour}`);
  }
}

module.exports = { BOUNDARY, OBJECT, PROPERTY, CLASS, FIELD, DECLARATOR, ASSIGN, ATTRIBUTE, DEFAULT, IDENTIFIER_NAME,
  nameOf };

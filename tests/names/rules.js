'use strict';
// The name of a function: a walk outwards from it over a chain of steps, which the adapters (estree.js, typescript.js)
// make of their trees. What is on the way and is no step (calls, arrays, conditionals, parentheses) adds nothing.
//
// Rules come in two versions: what peers do, slips included, and what we want (`better`).

const BOUNDARY = 'boundary'; // parameters or body of a function, or the program. of: the flavour of that function
const OBJECT = 'object'; // an object literal
const PROPERTY = 'property'; // the value of an object's property. key, and part: what names instead of it, or null
const CLASS = 'class'; // id (or null), declared
const FIELD = 'field'; // the value of a class's field. key
const DECLARATOR = 'declarator'; // the value of a variable. id, or null for a pattern
const ASSIGN = 'assign'; // the right side of an assignment. left: parts of the name, or null for other targets
const ATTRIBUTE = 'attribute'; // the value of a JSX attribute. key
const DEFAULT = 'default'; // what `export default` exports

// A part of a name is { text, at }: the text as it is in the source, and where. It may have other text around, [ and ],
// and be another one for peers. A key is a part with a type: 'id', 'private', 'string', 'number' or 'computed'.

const IDENTIFIER_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const isId = (key, better) => key.type === 'id' || (better && key.type === 'string' && IDENTIFIER_NAME.test(key.text));

const fixed = (text) => ({ text, at: null });
const inBrackets = (part) => ({ ...part, before: '[', after: ']' });
const isBracket = (part) => part.before === '[';

// Of a[...]; the type is one of a key, or 'word' for this, null, true and false.
function indexPart(type, part) {
  if (type === 'id') return inBrackets(part);
  if (type === 'string') return inBrackets(fixed(`"${part.text}"`));
  if (type === 'computed') return inBrackets(fixed('<computed>'));
  return inBrackets({ ...fixed(part.text), forPeers: '<computed>' });
}

function memberPart(key, better) {
  if (isId(key, better) || key.type === 'private') return { text: key.text, at: key.at };
  if (key.type === 'string') return fixed(`<"${key.text}">`);
  return fixed(key.type === 'number' ? `<${key.text}>` : '<computed>');
}

// Methods of transpiled classes are `{ key: "m", value: function () {} }`; `transpiled` is that key, or null.
function property(key, transpiled, outer) {
  const isWord = transpiled !== null && IDENTIFIER_NAME.test(transpiled.text);
  const part = isWord ? { text: transpiled.text, at: transpiled.at } : transpiled && memberPart(transpiled, false);
  return { kind: PROPERTY, key, part, outer };
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
    if (this.better && this.ofClassExpression && parts.at(-1).text === this.list[0].text) this.list.shift();
    this.list.unshift(...parts);
    this.ofClassExpression = false;
  }

  replaceLast(id) {
    const last = this.list.pop();
    // A slip of peers: of `a[m]` they replace the bracket.
    this.list.push(!this.better && last && isBracket(last) ? { ...last, after: id.text } : id);
  }

  // `lead` says the text for a part.
  finish(prefix, lead) {
    if (this.list.length === 0) return { name: null, last: null };
    const textOf = (part) => (this.better ? null : part.forPeers) ?? lead(part);
    const texts = this.list.map((part) => (part.before ?? '') + textOf(part) + (part.after ?? ''));
    const joined = texts.reduce((name, text, i) => name + (isBracket(this.list[i]) ? '' : '.') + text);
    return { name: prefix + joined, last: texts.at(-1) };
  }
}

const withoutPrivate = (left) => left.filter((part) => !part.text.startsWith('#'));

// Walks from `step` outwards and puts in front of `parts` what it finds.
function walk(step, parts) {
  const { better } = parts;
  let inObject = false;
  for (; step !== null; step = step.outer) {
    switch (step.kind) {
      case BOUNDARY:
        if (!better && step.of === 'object getter') break; // a slip: the walk goes on
        if (inObject && parts.list.length > 0) parts.prepend(fixed('<object>'));
        return;
      case OBJECT:
        inObject = true;
        break;
      case PROPERTY:
        if (step.part !== null) parts.prepend(step.part);
        else if (isId(step.key, better)) parts.prepend(step.key);
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
        if (better) parts.prepend(step.key);
        break;
      case DEFAULT:
        if (!better) break;
        parts.prepend(fixed('default'));
        return;
      default:
        throw new Error(`no such step: ${step.kind}`);
    }
  }
}

const asWritten = (part) => part.text;

// `fn` is { flavour, id, key, step }; step is the innermost one around it, for a class its own.
function nameOf(fn, better, lead = asWritten) {
  const parts = new Parts(better);
  switch (fn.flavour) {
    case 'declaration':
      if (fn.id === null) walk(fn.step, parts);
      else parts.prepend(fn.id);
      return parts.finish('', lead);
    case 'expression':
      walk(fn.step, parts);
      if (fn.id !== null) parts.replaceLast(fn.id);
      return parts.finish('', lead);
    case 'method':
    case 'getter':
    case 'setter': {
      parts.prepend(memberPart(fn.key, better));
      walk(fn.step, parts);
      const plain = fn.flavour === 'method' || (!better && fn.key.type === 'private');
      return parts.finish(plain ? '' : `${fn.flavour.slice(0, 3)} `, lead);
    }
    case 'class':
    case 'constructor':
      walk(fn.step, parts);
      return parts.finish('new ', lead);
    default:
      throw new Error(`no such flavour: ${fn.flavour}`);
  }
}

module.exports = {
  BOUNDARY, OBJECT, PROPERTY, CLASS, FIELD, DECLARATOR, ASSIGN, ATTRIBUTE, DEFAULT,
  indexPart, nameOf, property,
};

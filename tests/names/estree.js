'use strict';
// Functions of an ESTree, as acorn makes it, and Babel with its plugin estree (which leaves types and JSX in).

const R = require('./rules.js');
const { skipTrivia } = require('./text.js');

const NOT_CHILDREN = new Set(['type', 'start', 'end', 'loc', 'range', 'extra', 'raw', 'regex', 'errors',
  'comments', 'leadingComments', 'trailingComments', 'innerComments', 'tokens']);
const isNode = (value) => value !== null && typeof value === 'object' && typeof value.type === 'string';

class Collector {
  constructor(text) {
    this.text = text;
    this.functions = [];
    this.stack = []; // pairs of node and step, flat
  }

  slice(node) {
    return this.text.slice(node.start, node.end);
  }

  // A part of a name.
  partOf(node) {
    return { text: this.slice(node), at: node.start };
  }

  idOf(node) {
    return node ? this.partOf(node) : null;
  }

  // What is between the quotes of a string.
  insideOf(node) {
    return { text: this.slice(node).slice(1, -1), at: node.start + 1 };
  }

  keyOf({ key, computed }) {
    if (computed) return { type: 'computed' };
    if (typeof key.value === 'string') return { type: 'string', ...this.insideOf(key) };
    const type = { Identifier: 'id', PrivateIdentifier: 'private' }[key.type] ?? 'number';
    return { type, ...this.partOf(key) };
  }

  visit(node, step) {
    if (isNode(node)) this.stack.push(node, step);
  }

  visitAll(nodes, step) {
    for (const node of nodes ?? []) this.visit(node, step);
  }

  visitRest(node, step) {
    for (const name of Object.keys(node)) {
      if (NOT_CHILDREN.has(name)) continue;
      if (Array.isArray(node[name])) this.visitAll(node[name], step);
      else this.visit(node[name], step);
    }
  }

  add(node, flavour, step, { id = null, key = null, start = node.start } = {}) {
    const body = node.body ?? node.value.body;
    this.functions.push({ start, end: node.end, flavour, id, key, step, body: body.start });
  }

  // The start without decorators.
  startOf(node) {
    const decorators = node.decorators ?? [];
    return decorators.length > 0 && decorators[0].start <= node.start
      ? skipTrivia(this.text, decorators.at(-1).end) : node.start;
  }

  collect(program) {
    this.visit(program, null);
    while (this.stack.length > 0) {
      const step = this.stack.pop();
      const node = this.stack.pop();
      (this[node.type] ?? this.visitRest).call(this, node, step);
    }
    return this.functions;
  }

  Program(node) {
    this.visitAll(node.body, { kind: R.BOUNDARY, outer: null });
  }

  // ---- functions ----

  visitCode(node, step, of) {
    const boundary = { kind: R.BOUNDARY, of, outer: step };
    this.visitAll(node.params, boundary);
    this.visit(node.body, boundary);
  }

  FunctionDeclaration(node, step) {
    this.add(node, 'declaration', step, { id: this.idOf(node.id) });
    this.visitCode(node, step);
  }

  FunctionExpression(node, step) {
    this.add(node, 'expression', step, { id: this.idOf(node.id) });
    this.visitCode(node, step);
  }

  ArrowFunctionExpression(node, step) {
    this.add(node, 'expression', step);
    this.visitCode(node, step);
  }

  // A method of a class or an object: the range is the whole member.
  visitMethod(node, step, of) {
    const flavour = { get: 'getter', set: 'setter', constructor: 'constructor' }[node.kind] ?? 'method';
    if (node.value.body) {
      this.add(node, flavour, step, { key: this.keyOf(node), start: this.startOf(node) });
    }
    this.visitCode(node.value, step, `${of} ${flavour}`);
  }

  // ---- classes ----

  visitClass(node, step, declared) {
    const own = { kind: R.CLASS, id: this.idOf(node.id), declared, outer: step };
    const start = this.classKeyword(node);
    this.add(node, 'class', own, { start });
    this.visitAll(node.decorators, this.isBeforeDefault(node, start) ? step.outer : step);
    this.visit(node.superClass, step);
    this.visit(node.body, own);
  }

  // Whether decorators stand before `export default`, and so are not what it exports.
  isBeforeDefault({ decorators }, start) {
    return decorators?.length > 0 && /\bdefault\b/.test(this.text.slice(decorators.at(-1).end, start));
  }

  classKeyword(node) {
    let at = this.startOf(node);
    for (;;) {
      const modifier = /(?:export|default|abstract|declare)\b/y;
      modifier.lastIndex = at;
      if (!modifier.test(this.text)) return at;
      at = skipTrivia(this.text, modifier.lastIndex);
    }
  }

  ClassDeclaration(node, step) {
    this.visitClass(node, step, true);
  }

  ClassExpression(node, step) {
    this.visitClass(node, step, false);
  }

  MethodDefinition(node, step) {
    this.visitAll(node.decorators, step.outer); // they are run outside of the class
    if (node.computed) this.visit(node.key, step);
    this.visitMethod(node, step, 'class');
  }

  TSAbstractMethodDefinition(node, step) {
    this.MethodDefinition(node, step);
  }

  PropertyDefinition(node, step) {
    this.visitAll(node.decorators, step.outer);
    if (node.computed) this.visit(node.key, step);
    this.visit(node.value, { kind: R.FIELD, key: this.keyOf(node), outer: step });
  }

  AccessorProperty(node, step) {
    this.PropertyDefinition(node, step);
  }

  // ---- what gives names ----

  ObjectExpression(node, outer) {
    const step = { kind: R.OBJECT, outer };
    let transpiled = null; // `{ key: "m", value: function () {} }`
    for (const property of node.properties) {
      if (property.type !== 'Property') {
        this.visit(property, step);
        continue;
      }
      const key = this.keyOf(property);
      if (property.computed) this.visit(property.key, step);
      if (property.method || property.kind !== 'init') {
        this.visitMethod(property, step, 'object');
      } else {
        const isValue = key.type === 'id' && key.text === 'value';
        this.visit(property.value, R.property(key, isValue ? transpiled : null, step));
        if (key.type === 'id' && key.text === 'key') transpiled = this.transpiledKey(property.value);
      }
    }
  }

  transpiledKey(value) {
    if (value.type !== 'Literal' || typeof value.value !== 'string') return null;
    return { type: 'string', ...this.insideOf(value) };
  }

  VariableDeclarator(node, step) {
    this.visit(node.id, step);
    this.visit(node.init, { kind: R.DECLARATOR, id: this.variableOf(node.id), outer: step });
  }

  variableOf(node) {
    if (node.type !== 'Identifier') return null;
    // Babel's identifiers of variables hold their type annotation.
    const end = node.typeAnnotation?.start ?? node.end;
    return { text: this.text.slice(node.start, end).replace(/[!\s][^]*$/, ''), at: node.start };
  }

  AssignmentExpression(node, step) {
    this.visit(node.left, step);
    this.visit(node.right, { kind: R.ASSIGN, left: this.leftParts(node.left), outer: step });
  }

  // Parts of the name of what is assigned to, or null.
  leftParts(node) {
    const parts = [];
    for (;;) {
      if (node.type === 'MemberExpression') {
        parts.unshift(this.leftPart(node));
        node = node.object;
      } else if (node.type === 'TSNonNullExpression') {
        node = node.expression;
      } else if (node.type === 'Identifier' || node.type === 'ThisExpression') {
        return [this.partOf(node), ...parts];
      } else {
        return null;
      }
    }
  }

  leftPart({ property, computed }) {
    if (!computed) return this.partOf(property);
    while (property.type === 'TSNonNullExpression') property = property.expression;
    const type = this.indexType(property);
    return R.indexPart(type, type === 'string' ? this.insideOf(property) : this.partOf(property));
  }

  indexType({ type, value }) {
    if (type === 'Identifier') return 'id';
    if (type === 'ThisExpression') return 'word';
    if (type !== 'Literal') return 'computed';
    return { string: 'string', number: 'number', bigint: 'number', boolean: 'word' }[typeof value] ??
      (value === null ? 'word' : 'computed');
  }

  JSXAttribute(node, step) {
    this.visit(node.value, { kind: R.ATTRIBUTE, key: this.partOf(node.name), outer: step });
  }

  ExportDefaultDeclaration(node, step) {
    this.visit(node.declaration, { kind: R.DEFAULT, outer: step });
  }
}

module.exports = { functionsOf: (program, text) => new Collector(text).collect(program) };

'use strict';
// Functions of a tree of the TypeScript compiler.

const ts = require('typescript');
const R = require('./rules.js');
const { skipTrivia } = require('./text.js');

const K = ts.SyntaxKind;
const NOT_OF_A_FUNCTION = new Set([K.ExportKeyword, K.DefaultKeyword, K.DeclareKeyword]);
const FLAVOURS = { [K.GetAccessor]: 'getter', [K.SetAccessor]: 'setter', [K.Constructor]: 'constructor' };
const INDEX_TYPES = { [K.Identifier]: 'id', [K.StringLiteral]: 'string', [K.NumericLiteral]: 'number',
  [K.BigIntLiteral]: 'number', [K.ThisKeyword]: 'word', [K.NullKeyword]: 'word', [K.TrueKeyword]: 'word',
  [K.FalseKeyword]: 'word' };
const isString = (node) => node.kind === K.StringLiteral;
const isAssignment = (node) => node.kind === K.BinaryExpression &&
  node.operatorToken.kind >= K.FirstAssignment && node.operatorToken.kind <= K.LastAssignment;
const isPattern = (node) => node.kind === K.ArrayLiteralExpression || node.kind === K.ObjectLiteralExpression;

class Collector {
  constructor(sourceFile) {
    this.file = sourceFile;
    this.text = sourceFile.text;
    this.functions = [];
    this.stack = []; // node, step, and whether the literal is the target of an assignment, flat
  }

  startOf(node) {
    return ts.getTokenPosOfNode(node, this.file);
  }

  slice(node) {
    return this.text.slice(this.startOf(node), node.end);
  }

  // A part of a name.
  partOf(node) {
    return { text: this.slice(node), at: this.startOf(node) };
  }

  // What is between the quotes of a string.
  insideOf(node) {
    return { text: this.slice(node).slice(1, -1), at: this.startOf(node) + 1 };
  }

  keyOf(name) {
    switch (name.kind) {
      case K.Identifier: return { type: 'id', ...this.partOf(name) };
      case K.PrivateIdentifier: return { type: 'private', ...this.partOf(name) };
      case K.StringLiteral: return { type: 'string', ...this.insideOf(name) };
      case K.ComputedPropertyName: return { type: 'computed' };
      default: return { type: 'number', ...this.partOf(name) };
    }
  }

  idOf(node) {
    return node.name && node.name.kind === K.Identifier ? this.partOf(node.name) : null;
  }

  visit(node, step, isTarget = false) {
    if (node) this.stack.push(node, step, isTarget);
  }

  visitAll(nodes, step, isTarget = false) {
    for (const node of nodes ?? []) this.visit(node, step, isTarget);
  }

  // The start without decorators and without what is of the statement around.
  functionStart(node, skipped = NOT_OF_A_FUNCTION) {
    const modifiers = node.modifiers ?? [];
    const first = modifiers.find(({ kind }) => kind !== K.Decorator && !skipped?.has(kind));
    if (first) return this.startOf(first);
    return modifiers.length > 0 ? skipTrivia(this.text, modifiers.at(-1).end) : this.startOf(node);
  }

  add(node, flavour, step, { id = null, key = null, start = this.functionStart(node) } = {}) {
    this.functions.push({ start, end: node.end, flavour, id, key, step });
  }

  collect() {
    this.visit(this.file, null);
    while (this.stack.length > 0) {
      const isTarget = this.stack.pop();
      const step = this.stack.pop();
      const node = this.stack.pop();
      const visitor = VISITORS.get(node.kind);
      if (visitor) visitor.call(this, node, step, isTarget);
      else ts.forEachChild(node, (child) => this.visit(child, step));
    }
    return this.functions;
  }

  // ---- functions ----

  visitCode(node, step, of) {
    const boundary = { kind: R.BOUNDARY, of, outer: step };
    this.visitAll(node.parameters, boundary);
    this.visit(node.body, boundary);
  }

  visitDeclaration(node, step) {
    const isDefault = node.modifiers?.some(({ kind }) => kind === K.DefaultKeyword);
    const outer = isDefault ? { kind: R.DEFAULT, outer: step } : step;
    if (node.body) this.add(node, 'declaration', outer, { id: this.idOf(node) });
    this.visitCode(node, outer);
  }

  visitExpression(node, step) {
    this.add(node, 'expression', step, { id: this.idOf(node) });
    this.visitCode(node, step);
  }

  visitMethod(node, step) {
    this.visitKey(node, step);
    const flavour = FLAVOURS[node.kind] ?? 'method';
    const key = node.name ? this.keyOf(node.name) : null;
    if (node.body) this.add(node, flavour, step, { key, start: this.functionStart(node, null) });
    this.visitCode(node, step, `${step.kind} ${flavour}`);
  }

  // Decorators are run outside of the class.
  visitKey(node, step) {
    if (step.kind === R.CLASS) this.visitAll(node.modifiers, step.outer);
    if (node.name?.kind === K.ComputedPropertyName) this.visit(node.name, step);
  }

  // ---- classes ----

  visitClass(node, step) {
    const isDefault = node.modifiers?.some(({ kind }) => kind === K.DefaultKeyword);
    const outer = isDefault ? { kind: R.DEFAULT, outer: step } : step;
    const own = { kind: R.CLASS, id: this.idOf(node), declared: node.kind === K.ClassDeclaration, outer };
    const modifiers = node.modifiers ?? [];
    const start = modifiers.length > 0 ? skipTrivia(this.text, modifiers.at(-1).end) : this.startOf(node);
    this.add(node, 'class', own, { start });
    const exported = modifiers.findIndex(({ kind }) => kind === K.DefaultKeyword);
    modifiers.forEach((modifier, i) => this.visit(modifier, i < exported ? step : outer));
    this.visitAll(node.heritageClauses, outer);
    this.visitAll(node.members, own);
  }

  visitField(node, step) {
    this.visitKey(node, step);
    this.visit(node.initializer, { kind: R.FIELD, key: this.keyOf(node.name), outer: step });
  }

  // ---- what gives names ----

  visitObject(node, outer, isTarget) {
    const step = isTarget ? outer : { kind: R.OBJECT, outer };
    let transpiled = null; // `{ key: "m", value: function () {} }`
    for (const property of node.properties) {
      if (property.kind === K.SpreadAssignment) {
        this.visit(property.expression, step, isTarget);
      } else if (property.kind === K.ShorthandPropertyAssignment) {
        this.visit(property.objectAssignmentInitializer, step); // a default
      } else if (property.kind !== K.PropertyAssignment) {
        this.visitMethod(property, step);
      } else {
        const key = this.keyOf(property.name);
        this.visitKey(property, step);
        const isValue = key.type === 'id' && key.text === 'value';
        const inner = isTarget ? step : R.property(key, isValue ? transpiled : null, step);
        this.visit(property.initializer, inner, isTarget);
        if (key.type === 'id' && key.text === 'key') transpiled = this.transpiledKey(property.initializer);
      }
    }
  }

  transpiledKey(value) {
    return isString(value) ? { type: 'string', ...this.insideOf(value) } : null;
  }

  visitArray(node, step, isTarget) {
    this.visitAll(node.elements, step, isTarget);
  }

  visitSpread(node, step, isTarget) {
    this.visit(node.expression, step, isTarget);
  }

  visitVariable(node, step) {
    this.visit(node.name, step);
    this.visit(node.initializer, { kind: R.DECLARATOR, id: this.idOf(node), outer: step });
  }

  visitBinary(node, step, isTarget) {
    if (!isAssignment(node)) {
      this.visit(node.left, step);
      this.visit(node.right, step);
      return;
    }
    const isPlain = node.operatorToken.kind === K.EqualsToken;
    this.visit(node.left, step, isPlain && isPattern(node.left));
    // Within a target this is a default.
    this.visit(node.right, isTarget ? step : { kind: R.ASSIGN, left: this.leftParts(node.left), outer: step });
  }

  visitForOf(node, step) {
    this.visit(node.initializer, step, isPattern(node.initializer));
    this.visit(node.expression, step);
    this.visit(node.statement, step);
  }

  // Parts of the name of what is assigned to, or null.
  leftParts(node) {
    const parts = [];
    for (;;) {
      if (node.kind === K.PropertyAccessExpression) {
        parts.unshift(this.partOf(node.name));
      } else if (node.kind === K.ElementAccessExpression) {
        parts.unshift(this.leftPart(node.argumentExpression));
      } else if (node.kind === K.Identifier || node.kind === K.ThisKeyword) {
        return [this.partOf(node), ...parts];
      } else if (node.kind !== K.NonNullExpression) {
        return null;
      }
      node = node.expression;
    }
  }

  leftPart(argument) {
    while (argument.kind === K.NonNullExpression) argument = argument.expression;
    const type = INDEX_TYPES[argument.kind] ?? 'computed';
    return R.indexPart(type, type === 'string' ? this.insideOf(argument) : this.partOf(argument));
  }

  visitAttribute(node, step) {
    this.visit(node.initializer, { kind: R.ATTRIBUTE, key: this.partOf(node.name), outer: step });
  }

  visitExport(node, step) {
    this.visit(node.expression, node.isExportEquals ? step : { kind: R.DEFAULT, outer: step });
  }

  visitFile(node) {
    this.visitAll(node.statements, { kind: R.BOUNDARY, outer: null });
  }
}

const of = Collector.prototype;
const VISITORS = new Map([
  [K.SourceFile, of.visitFile],
  [K.FunctionDeclaration, of.visitDeclaration],
  [K.FunctionExpression, of.visitExpression],
  [K.ArrowFunction, of.visitExpression],
  [K.MethodDeclaration, of.visitMethod],
  [K.GetAccessor, of.visitMethod],
  [K.SetAccessor, of.visitMethod],
  [K.Constructor, of.visitMethod],
  [K.ClassDeclaration, of.visitClass],
  [K.ClassExpression, of.visitClass],
  [K.PropertyDeclaration, of.visitField],
  [K.ObjectLiteralExpression, of.visitObject],
  [K.ArrayLiteralExpression, of.visitArray],
  [K.SpreadElement, of.visitSpread],
  [K.VariableDeclaration, of.visitVariable],
  [K.BinaryExpression, of.visitBinary],
  [K.ForOfStatement, of.visitForOf],
  [K.ForInStatement, of.visitForOf],
  [K.JsxAttribute, of.visitAttribute],
  [K.ExportAssignment, of.visitExport],
]);

module.exports = { functionsOf: (sourceFile) => new Collector(sourceFile).collect() };

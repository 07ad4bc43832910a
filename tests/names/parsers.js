'use strict';
// The peers: each parses a text and says what functions are in it, or throws where it cannot.

const acorn = require('acorn');
const acornJsx = require('acorn-jsx');
const babel = require('@babel/parser');
const ts = require('typescript');
const estree = require('./estree.js');
const typescript = require('./typescript.js');

// JSX is in files of any name, and takes nothing from the language around it.
const acornWithJsx = acorn.Parser.extend(acornJsx());

// Modules first: scripts that are no modules are rare, and most of them are sloppy.
function asModuleOrScript(parse) {
  try {
    return parse('module');
  } catch {
    return parse('script');
  }
}

const ACORN = { ecmaVersion: 'latest', preserveParens: true, allowReturnOutsideFunction: true,
  allowImportExportEverywhere: true, allowAwaitOutsideFunction: true, allowSuperOutsideMethod: true,
  checkPrivateFields: false };

function withAcorn(text) {
  return estree.functionsOf(asModuleOrScript((sourceType) => acornWithJsx.parse(text, { ...ACORN, sourceType })), text);
}

const BABEL = { createParenthesizedExpressions: true, attachComment: false, allowReturnOutsideFunction: true,
  allowImportExportEverywhere: true, allowAwaitOutsideFunction: true, allowSuperOutsideMethod: true,
  allowUndeclaredExports: true, allowNewTargetOutsideFunction: true };
const BABEL_PLUGINS = [['estree', { classFeatures: true }], 'decoratorAutoAccessors', 'explicitResourceManagement',
  'sourcePhaseImports', 'deferredImportEvaluation'];
const BABEL_LANGUAGES = {
  js: [['decorators', {}], 'jsx'],
  ts: ['decorators-legacy', 'typescript'],
  tsx: ['decorators-legacy', 'typescript', 'jsx'],
};

function parseWithBabel(text, language, options) {
  const plugins = [...BABEL_PLUGINS, ...BABEL_LANGUAGES[language]];
  return babel.parse(text, { ...BABEL, ...options, plugins }).program;
}

function withStrictBabel(text, language) {
  return estree.functionsOf(asModuleOrScript((sourceType) => parseWithBabel(text, language, { sourceType })), text);
}

function withBabel(text, language) {
  try {
    return withStrictBabel(text, language);
  } catch { // errors of meaning do not matter here
    return estree.functionsOf(parseWithBabel(text, language, { errorRecovery: true, sourceType: 'module' }), text);
  }
}

function withTypeScript(text, language) {
  const kind = language === 'tsx' ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const options = { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  const file = ts.createSourceFile(`file.${language}`, text, options, false, kind);
  if (file.parseDiagnostics.length > 0) {
    throw new SyntaxError(ts.flattenDiagnosticMessageText(file.parseDiagnostics[0].messageText, ' '));
  }
  return typescript.functionsOf(file);
}

module.exports = { withAcorn, withBabel, withStrictBabel, withTypeScript };

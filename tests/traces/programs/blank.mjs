// TypeScript without its types, at the same lines and columns: each type becomes as many spaces. So a stack of the
// program as it was written says where things are in it, with no source map in between.

import { parse } from '@babel/parser';

const MODIFIER = /\b(public|private|protected|readonly|abstract|override|declare)\b/g;
const WHOLE = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSTypeAnnotation', 'TSDeclareMethod',
  'TSTypeParameterDeclaration', 'TSTypeParameterInstantiation', 'TSDeclareFunction']);
const BEHIND_EXPRESSION = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

export function blank(code) {
  const units = code.split(''); // UTF-16, as columns are
  const erase = (start, end) => {
    for (let i = start; i < end; i++) if (!/[\n\r]/.test(units[i])) units[i] = ' ';
  };

  function visit(node) {
    if (WHOLE.has(node.type) || WHOLE.has(node.declaration?.type)) return erase(node.start, node.end);
    if (node.type === 'Identifier' && node.name === 'this') { // a parameter, with the comma behind it
      return erase(node.start, code.slice(node.end).match(/^\s*,?/)[0].length + node.end);
    }
    if (node.type === 'Identifier' && node.optional) erase(node.start + node.name.length, node.end);
    if (BEHIND_EXPRESSION.has(node.type)) {
      erase(node.expression.end, node.end);
      return visit(node.expression);
    }
    if (/^Class.*(Property|Method)$/.test(node.type)) {
      for (const found of code.slice(node.start, node.key.start).matchAll(MODIFIER)) {
        const start = node.start + found.index;
        erase(start, start + found[0].length);
      }
    } else if (/^Class/.test(node.type) && node.abstract) erase(node.start, code.indexOf('class', node.start));
    else if (node.type.startsWith('TS')) throw new Error(`blank.mjs does not know ${node.type}`);
    for (const child of Object.values(node).flat()) {
      if (child && typeof child.type === 'string' && typeof child.start === 'number') visit(child);
    }
  }

  const { program } = parse(code, { sourceType: 'module', plugins: ['typescript'], attachComment: false });
  visit(program);
  const blanked = units.join('');
  parse(blanked, { sourceType: 'module' }); // it is JavaScript now
  return blanked;
}

// The functions of a file by acorn: { start, parameters, body, end }, each [line, column] from 0, outer ones first. A method
// starts at its key, and what is between start and body is the head. `parameters` is where V8 says that a function starts: at
// the `(`, or at the start of an arrow function, be it `async` or its only parameter.

import { getLineInfo, parse } from 'acorn';

const place = ({ line, column }) => [line - 1, column];

export function functionsOf(code) {
  const list = [];
  function visit(node, head) {
    if (/Function/.test(node.type)) {
      const isArrow = node.type === 'ArrowFunctionExpression';
      const parameters = isArrow ? node.start : code.indexOf('(', node.id?.end ?? node.start);
      list.push({ start: place((head ?? node).loc.start), parameters: place(getLineInfo(code, parameters)), body: place(node.body.loc.start), end: place(node.loc.end) });
    }
    const isMethod = node.type === 'MethodDefinition' || (node.type === 'Property' && (node.method || node.kind !== 'init'));
    for (const child of Object.values(node).flat()) {
      if (child && typeof child.type === 'string') visit(child, isMethod && child === node.value ? node : undefined);
    }
  }
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true }));
  return list.sort((a, b) => a.start[0] - b.start[0] || a.start[1] - b.start[1] || b.end[0] - a.end[0] || b.end[1] - a.end[1]);
}

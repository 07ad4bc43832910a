// The functions of a file by acorn: { start, parameters, body, end, name }, the first four [line, column] from 0, outer
// ones first. A method starts at its key, and what is between start and body is the head. `parameters` is where V8 says
// that a function starts: at the `(`, or at the start of an arrow function, be it `async` or its only parameter. `name`
// is there if the function has one of its own.

import { getLineInfo, parse } from 'acorn';

const place = ({ line, column }) => [line - 1, column];

export function functionsOf(code) {
  const list = [];
  function visit(node, head) {
    if (/Function/.test(node.type)) {
      const isArrow = node.type === 'ArrowFunctionExpression';
      const parameters = isArrow ? node.start : code.indexOf('(', node.id?.end ?? node.start);
      list.push({ start: place((head ?? node).loc.start), parameters: place(getLineInfo(code, parameters)),
        body: place(node.body.loc.start), end: place(node.loc.end), name: node.id?.name });
    }
    const isMethod = node.type === 'MethodDefinition' || node.method || (node.kind ?? 'init') !== 'init';
    for (const child of Object.values(node).flat()) {
      if (child && typeof child.type === 'string') visit(child, isMethod && child === node.value ? node : undefined);
    }
  }
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true }));
  const order = (a, b) => a[0] - b[0] || a[1] - b[1];
  return list.sort((a, b) => order(a.start, b.start) || order(b.end, a.end));
}

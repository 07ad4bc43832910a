export const scenarios = (mermaid) => ({
  unknown: () => mermaid.parse('nothing known'),
  flow: () => mermaid.parse('graph TD\n A-->'),
  sequence: () => mermaid.parse('sequenceDiagram\n A->>'),
  pie: () => mermaid.parse('pie\n "a" : x'),
  render: () => mermaid.render('x', 'gantt\n title'),
});

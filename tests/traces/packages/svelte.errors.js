export const scenarios = ({ compile, parse, preprocess }) => ({
  block: () => parse('{#if a}'),
  expression: () => parse('<b>{a +}</b>'),
  duplicate: () => compile('<script>let a; let a;</script>'),
  binding: () => compile('<b bind:nothing={a}/>'),
  store: () => compile('<script>let $a;</script>{$a}'),
  preprocessor: () => preprocess('<script>1</script>', { script() { throw new Error('no script'); } }),
});

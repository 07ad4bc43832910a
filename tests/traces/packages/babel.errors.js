export const scenarios = (Babel) => ({
  syntax: () => Babel.transform('const a = ;', {}),
  jsx: () => Babel.transform('const a = <b></c>;', { presets: ['react'] }),
  preset: () => Babel.transform('a', { presets: ['nope'] }),
  options: () => Babel.transform('a', { presets: [['env', { targets: { chrome: 'x' } }]] }),
  duplicate: () => Babel.transform('let a; let a;', {}),
  visitor: () => Babel.transform('a + b', { plugins: [() => ({ visitor: { Identifier(path) { path.replaceWith(5); } } })] }),
  buildCode: () => Babel.transform('class A { #x; m() { return this.#y; } }', { presets: ['env'] }),
  frame: () => Babel.transform('export default async function* f() { yield* super.x; }', { presets: ['typescript'], filename: 'a.ts' }),
});

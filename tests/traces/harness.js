// In node and in Chromium alike: runs what a program offers and says what it threw, as consoles print it.

Error.stackTraceLimit = 100;

// What node prints of an uncaught error; elsewhere the stack, and in the same manner those of its causes and parts.
function print(error, inspect) {
  if (inspect) return inspect(error, { depth: 20 });
  if (!(error instanceof Error)) return String(error);
  let text = /^\s*at /m.test(error.stack) ? error.stack : `${error}\n${error.stack}`; // V8's begins with the message
  for (const part of error.errors ?? []) text += `\n  Part: ${print(part).replaceAll('\n', '\n  ')}`;
  if ('cause' in error) text += `\nCaused by: ${print(error.cause)}`;
  return text;
}

// `load` imports the program, which leaves its scenarios in a global variable. A program that fails while it is loaded
// is a scenario itself.
export async function collect(load, inspect) {
  const texts = {};
  globalThis.scenarios = {};
  try {
    await load();
  } catch (error) {
    texts.loading = print(error, inspect);
  }
  for (const [name, scenario] of Object.entries(globalThis.scenarios)) {
    try {
      await scenario();
      texts[name] = 'nothing is thrown';
    } catch (error) {
      texts[name] = print(error, inspect);
    }
  }
  return texts;
}

// A script of a package, and what of it goes wrong: packages/*.js. `require` is node's; in a page the script leaves a
// global.
export async function collectOfPackage({ script, scenarios, name }, require, inspect) {
  return collect(async () => {
    const { scenarios: make } = await import(scenarios);
    let library;
    if (script.endsWith('.mjs')) {
      library = await import(script);
    } else if (require) {
      library = require(script);
    } else {
      await new Promise((resolve, reject) => {
        const element = document.createElement('script');
        document.head.append(Object.assign(element, { src: script, onload: resolve, onerror: reject }));
      });
      library = globalThis[name];
    }
    globalThis.scenarios = make(library);
  }, inspect);
}

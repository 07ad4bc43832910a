// In a bundle of its own, as names in reach of a direct eval are not minified.
import { fail } from "./fail.js";

function direct(then = fail) {
  return eval("1;\n  then('direct')");
}

function namedInEval() {
  const evalled = eval("(function evalled(then) { return then('named'); })");
  return evalled(fail);
}

function viaFunction() {
  const made = /* 🥚 */ new Function("then", "return [1].map(() => then('made'))");
  return made(fail);
}

function indirect() {
  return (0, eval)("(then) => then('indirect')")(fail);
}

function withSourceUrl() {
  return (0, eval)("(function known(then) { then('url'); })\n//# sourceURL=known.js")(fail);
}

function nested(then = fail) {
  return eval("eval('then(`nested`)')");
}

globalThis.scenarios = { direct, namedInEval, viaFunction, indirect, withSourceUrl, nested };

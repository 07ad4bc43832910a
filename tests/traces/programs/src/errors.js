import { check, fail, ShopError } from "./fail.js";

function load(name) {
  try {
    return JSON.parse(name);
  } catch (error) {
    throw new ShopError({ what: `cannot load ${name.length}` }, { cause: error });
  }
}

function open(name) {
  try {
    return load(name) ?? check(name);
  } catch (error) { throw new Error("cannot open", { cause: error }); }
}

export function causes() {
  return open("{]") || open("[}");
}

export function causeOfText() {
  throw Object.assign(new RangeError("a text as cause", { cause: "at noon (clock.js:12:00)" }), { code: "E_TEXT" });
}

export function rethrown() {
  try {
    fail("first");
  } catch (error) {
    error.seen = true;
    throw error;
  } finally {
    globalThis.finished = true;
  }
}

export function thrownLater() {
  const error = new Error("made in one place, thrown in another");
  [1, 2].forEach(() => { throw error; });
}

export function multiline() {
  fail("line one\n    at nowhere (https://app.example/x.js:1:1)\nline three");
}

export function aggregate() {
  throw new AggregateError([1, -2].map((n) => new Error(`part ${n}`, n < 0 ? { cause: new TypeError("deep") } : {})), "all");
}

export function typeErrors() {
  const cart = { lines: undefined };
  return cart.lines.length + cart.missing();
}

export function notAFunction() {
  const cart = { lines: [1] };
  return cart.lines.map((line) => cart.lines.total(line));
}

export function notDefined() {
  return check(1) ?? undeclared + 1;
}

import { check, fail } from "./fail.js";

const prices = { tea: 4.95, mug: 12.5, honey: -1 };

function priceOf(name) {
  const price = prices[name];
  check(price, name);
  return price;
}

export function plain() {
  return 1 + priceOf("honey");
}

export const arrow = () => 2 * priceOf("sugar");

export function callbacks() {
  const names = Object.keys(prices);
  const sums = names.map((name) => priceOf(name) * 2); //= <anonymous> -> sums
  return sums.reduce((left, right) => left + right);
}

export function nestedCallbacks() {
  [["tea"], ["mug", "honey"]].forEach(function each(names) {
    names.flatMap((name) => [name].filter((one) => priceOf(one) > 0));
  });
}

export function sorting() {
  return [3, 1, 2].sort(function byPrice(a, b) { return a - b || fail("equal", a), check(b - 9); });
}

function* cheap(names) {
  for (const name of names) yield priceOf(name);
}

function* all(names) {
  yield 0;
  yield* cheap(names);
}

export function generators() {
  let sum = 0;
  for (const price of all(["tea", "honey"])) sum += price;
  return sum;
}

export function destructuring() {
  const [, second] = cheap(["mug", "honey"]);
  return second;
}

const tag = (strings, ...values) => check(values.at(-1), strings.raw.join("|"));

export function templates() {
  const icon = ["🍵🍯"].join(); /* 🫖🫖 */ return tag`${icon}: ${prices.tea} + ${prices.honey} 🍯`;
}

export function emoji() {
  /* 🏷️👩‍👩‍👧 */ const text = "« 🎁 »" + "é̂"; if (text) /* ✂️ */ priceOf("🎁" + text); return text;
}

function descend(depth) {
  if (depth === 0) priceOf("depth");
  return descend(depth - 1) + 1;
}

export function recursion() {
  return descend(12);
}

function even(n, then) { return n === 0 ? then(n) : odd(n - 1, then); }
function odd(n, then) { return n === 0 ? fail("odd") : even(n - 1, then); }

export function mutual() {
  return even(5, (n) => n);
}

const one = (x) => two(x) + 1, two = (x) => three(x) + 1, three = (x) => four(x) + 1, four = (x) => five(x) + 1,
  five = (x) => six(x) + 1, six = (x) => seven(x) + 1, seven = (x) => eight(x) + 1, eight = (x) => priceOf(x) + 1;

export function longChain() {
  return one("chain") + two("chain") + three("chain") + four("chain") + five("chain") + six("chain") + seven("chain") +
    eight("chain");
}

export function builtIn() {
  const cart = { lines: null, total() { return this.lines.length; } }; //= Object.total -> cart.total
  return [1].map(() => cart.total());
}

export function inObject() {
  return `${{ toString() { fail("object"); } }}`; //= Object.toString -> <object>.toString; inObject -> <object>.toString
}

export function parameters(price = priceOf("default")) {
  return price;
}

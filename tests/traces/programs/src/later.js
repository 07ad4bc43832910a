import { check, fail } from "./fail.js";

const pause = () => new Promise((resolve) => queueMicrotask(resolve));

async function fetchPrice(name) {
  await pause();
  check({ tea: 495 }[name], name);
  return 1;
}

async function priceWithTax(name) {
  const price = await fetchPrice(name);
  return price * 1.2;
}

class Basket {
  constructor(...names) { this.names = names; }

  async total() {
    let sum = 0;
    for (const name of this.names) sum += await priceWithTax(name);
    return sum;
  }

  static async of(...names) {
    return (await new Basket(...names).total()) + 1;
  }
}

export async function awaited() {
  const total = await Basket.of("tea", "milk");
  return total;
}

export const asyncArrow = async () => {
  await pause();
  return (async () => await priceWithTax("arrow"))().then((sum) => sum); //= (elsewhere) -> asyncArrow
};

export async function promiseAll() {
  const [first] = await Promise.all([priceWithTax("tea"), priceWithTax("rice"), pause()]);
  return first;
}

export async function promiseAny() {
  return await Promise.any([priceWithTax("salt"), new Basket("pepper").total()]);
}

export async function settled() {
  const [outcome] = await Promise.allSettled([priceWithTax("oil")]);
  throw new Error("settled", { cause: outcome.reason });
}

export async function beforeAwait() {
  fail("before any await");
  await pause();
}

export function callback() {
  return new Promise((resolve, reject) => {
    setTimeout(function onTimer() {
      try { resolve(check(-1)); } catch (error) { reject(error); } //= Timeout.onTimer -> onTimer
    }, 1);
  });
}

export async function chained() {
  return pause().then(function step() { return fetchPrice("then"); }).finally(() => pause());
}

async function* pages() {
  for (let page = 1; ; page--) {
    await pause();
    yield check(page, "page");
  }
}

export async function asyncGenerator() {
  for await (const page of pages()) check(1, page);
}

export async function caught() {
  try {
    await priceWithTax("caught");
  } catch (error) {
    throw new Error("wrapped", { cause: error });
  }
}

export const thenable = async () => await { then(resolve) { resolve(check(-3, "thenable")); } }; //= Object.then -> <object>.then

// Work for a profiler: functions of all kinds, each busy for a while, and big or used enough that no minifier inlines one.

export function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

const sieve = (limit) => {
  const composite = new Uint8Array(limit);
  let n_primes = 0;
  for (let i = 2; i < limit; i++) {
    if (!composite[i]) n_primes++;
    for (let j = i * 2; j < limit; j += i) composite[j] = 1;
  }
  return n_primes;
};

function makeCounter(step) {
  const counts = new Map();
  return function count(word) {
    for (let i = 0; i < 20; i++) counts.set(word + (i & 7), (counts.get(word + (i & 7)) ?? 0) + step);
    return counts.size;
  };
}

class Matrix { //= <instance_members_initializer> -> new Matrix
  #cells; //= Matrix -> new Matrix
  #powers = Array.from({ length: 400 }, (_, i) => 1.001 ** i); //= <anonymous> -> Matrix.#powers

  constructor(size) { //= Matrix -> new Matrix
    this.#cells = Array.from({ length: size * size }, (_, i) => Math.sin(i)); //= <anonymous> -> this.#cells
    for (let i = 0; i < size * size; i++) this.#cells[i] += this.#powers[i % 400];
    this.size = size;
  }

  /* 🧮 */ multiply(other) { //= multiply -> Matrix.multiply
    const { size } = this;
    const product = new Matrix(size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += this.#cells[i * size + k] * other.#cells[k * size + j];
        product.#cells[i * size + j] = sum;
      }
    }
    return product;
  }

  get trace() { //= get trace -> get Matrix.trace
    let sum = 0;
    for (let n = 0; n < 600; n++) for (let i = 0; i < this.size; i++) sum += this.#cells[i * this.size + i] / (n + 1);
    return sum;
  }

  static identity(size) { //= identity -> Matrix.identity
    const made = new Matrix(size);
    for (let n = 0; n < 30; n++) for (let i = 0; i < size * size; i++) made.#cells[i] = i % (size + 1) === 0 ? 1 : n / 1e9;
    return made;
  }

  #normOf(power) { //= #normOf -> Matrix.#normOf
    let sum = 0;
    for (let n = 0; n < 20; n++) for (const cell of this.#cells) sum += Math.abs(cell) ** power;
    return sum;
  }

  norms() { //= norms -> Matrix.norms
    return [this.#normOf(1), this.#normOf(2)].map((norm) => norm ** 0.5); //= <anonymous> ->
  }
}

const text = {
  reverse(words) { //= reverse -> text.reverse
    let out = "";
    for (const word of words) for (let i = word.length - 1; i >= 0; i--) out += word[i];
    return out;
  },

  distance: (left, right) => { //= distance -> text.distance
    let row = Array.from({ length: right.length + 1 }, (_, i) => i); //= <anonymous> -> row
    for (let i = 1; i <= left.length; i++) {
      const next = [i];
      for (let j = 1; j <= right.length; j++) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] === right[j - 1] ? 0 : 1));
      }
      row = next;
    }
    return row.at(-1);
  },
};

function* permutations(items) {
  if (items.length < 2) yield items;
  else for (let i = 0; i < items.length; i++) {
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i], ...rest];
  }
}

const byDigits = (a, b) => {
  for (let i = 0; i < 5; i++) if (`${a}`[i] !== `${b}`[i]) return `${a}`[i] < `${b}`[i] ? -1 : 1;
  return 0;
};

async function later(n) {
  await null;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.sqrt(i) % 3;
  return sum;
}

const kept = [];

function allocate(n) {
  for (let i = 0; i < n; i++) kept.push({ i, name: `item ${i}`, list: [i] });
  return kept.length;
}

const words = Array.from({ length: 300 }, (_, i) => `word${i * i}🍵`); //= <anonymous> -> words
const count = makeCounter(2);

async function round(n) {
  const matrix = Matrix.identity(40).multiply(new Matrix(40));
  const sums = [fibonacci(21), fibonacci(22)];
  for (let i = 2; i < 10; i++) sums.push(text.distance("kitten".repeat(i), "sitting".repeat(9)), text.reverse(words), matrix.trace);
  return [sums, sieve(20000), sieve(30000), matrix.norms(), [...permutations([1, 2, 3, 4, 5, n])].length, await later(60000 + n),
    [...words.keys()].sort(byDigits).length, words.slice(n).map((word) => count(word)).length];
}

// In a page there is more to a trace: timers, and layout that is asked for.
function layOut(width) {
  document.body.style.width = `${width}px`;
  return document.body.offsetHeight + fibonacci(18);
}

function pause(width) {
  return new Promise((resolve) => setTimeout(function onTimer() { resolve(layOut(width)); }, 1));
}

globalThis.measured = async function measured() { //= measured -> globalThis.measured
  const results = [fibonacci(3), sieve(3), text.distance("a", "b"), await later(1), allocate(20000)];
  if (globalThis.document) results.push(await pause(layOut(100)), await pause(layOut(200)));
  for (let n = 0; n < 40; n++) results.push(await round(n));
  return results.length + allocate(20000);
};

// What the others call when they fail: it is called from several places, so that no bundler inlines it.

export interface Problem<T = unknown> {
  readonly what: string;
  readonly value?: T;
}

export class ShopError<T = unknown> extends Error {
  readonly problem: Problem<T>;

  constructor(problem: Problem<T>, options?: ErrorOptions) {
    /* 🛒 */ super(`🛒 ${problem.what}`, options);
    this.problem = problem;
    if (problem.what === "") throw new TypeError(/* 🧾 */ "nothing is said");
  }

  override get name(): string { return "ShopError"; }
}

export function fail<T>(what: string, value?: T): never {
  const problem = { what, value } satisfies Problem<T>;
  throw new ShopError<T>(problem);
}

/** Fails unless `value` is a number from 0 on. */
export function check(value: number | undefined, what = "value"): asserts value is number {
  if (typeof value !== "number" || value < 0) {
    const shown: string = String(value);
    fail(`${what} is ${shown}`, value as number);
  }
}

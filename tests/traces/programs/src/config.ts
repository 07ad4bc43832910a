import { check } from "./fail.js";

type Options = Partial<Record<"depth" | "width", number>>;

const options: Options = { depth: 1 };

export function start(name: string): Options {
  return [name].map((one) => ({ ...options, width: read(one, "width") }))[0]!;
}

/* 🧭 */ const read = (name: string, key: keyof Options) => { check(options[key], `${name} ${key}`); return 1; };

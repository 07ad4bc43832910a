// Amounts are whole cents, so that no sum is ever off by a rounding error.

export enum Currency {
  Euro = "EUR",
  Pound = "GBP",
  Yen = "JPY",
}

export interface Money {
  readonly cents: number;
  readonly currency: Currency;
}

const SIGNS: Record<Currency, string> = {
  [Currency.Euro]: "€",
  [Currency.Pound]: "£",
  [Currency.Yen]: "¥",
};

export function money(cents: number, currency: Currency = Currency.Euro): Money {
  if (!Number.isInteger(cents)) throw new RangeError(`not a whole number of cents: ${cents}`);
  return { cents, currency };
}

export function add(left: Money, right: Money): Money {
  if (left.currency !== right.currency) {
    throw new TypeError(`cannot add ${right.currency} to ${left.currency}`);
  }
  return money(left.cents + right.cents, left.currency);
}

export function total<T>(items: Iterable<T>, price: (item: T) => Money, start = money(0)): Money {
  let sum = start;
  for (const item of items) sum = add(sum, price(item));
  return sum;
}

export function formatMoney({ cents, currency }: Money): string {
  const minus = cents < 0 ? "-" : "";
  const digits = String(Math.abs(cents)).padStart(3, "0");
  const whole = digits.slice(0, -2), rest = digits.slice(-2);
  return `${minus}${whole}.${rest} ${SIGNS[currency]}`;
}

import type { Cart } from "./cart";
import { money, type Money } from "./money";

export type Discount =
  | { kind: "percent"; rate: number; from: number }
  | { kind: "voucher"; code: string; worth: number };

export interface Applied {
  label: string;
  amount: Money;
}

/* 🏷️ percent */ function percentOff(price: Money, rate: number): Money {
  return money(-Math.round((price.cents * rate) / 100), price.currency);
}

export function applyDiscount(discount: Discount, cart: Cart): Applied | undefined {
  const price = cart.subtotal();
  switch (discount.kind) {
    case "percent":
      if (price.cents < discount.from) return undefined;
      return { label: `🎉 ${discount.rate} % für Sie`, amount: percentOff(price, discount.rate) };
    case "voucher":
      return { label: `🎁 « ${discount.code} »`, amount: money(-Math.min(discount.worth, price.cents)) };
  }
}

export function applyAll(discounts: readonly Discount[], cart: Cart): Applied[] {
  return discounts
    .map((discount) => applyDiscount(discount, cart))
    .filter((applied): applied is Applied => applied !== undefined);
}

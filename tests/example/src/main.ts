import { Cart, linePrice, type Article } from "./cart";
import { Checkout } from "./checkout";
import type { Discount } from "./discounts";
import { formatMoney, money } from "./money";
import receipt from "./receipt.js";

const shelf = {
  tea: { sku: "tea", title: "Grüner Tee 🍵", price: money(495) },
  mug: { sku: "mug", title: "Mug", price: money(1250) },
  honey: { sku: "honey", title: "Crème de miel", price: money(780) },
} satisfies Record<string, Article>;

const discounts: Discount[] = [
  { kind: "percent", rate: 10, from: 2000 },
  { kind: "voucher", code: "FRÜHLING", worth: 300 },
];

function fill(cart: Cart, names: (keyof typeof shelf)[]): Cart {
  names.forEach((name) => cart.put(shelf[name]));
  return cart;
}

function run(args: string[]): void {
  const wanted: (keyof typeof shelf)[] = args.includes("--fail") ? [] : ["tea", "mug", "tea", "honey"];
  const checkout = new Checkout(fill(new Cart(), wanted), discounts);
  checkout.onOrder((order) => console.log(receipt(order, formatMoney, linePrice)));
  checkout.submit();
}

run(process.argv.slice(2));

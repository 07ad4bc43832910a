import type { Cart } from "./cart";
import { applyAll, type Applied, type Discount } from "./discounts";
import { add, total, type Money } from "./money";

export interface Order {
  number: string;
  cart: Cart;
  discounts: Applied[];
  due: Money;
}

type Listener<E> = (event: E) => void;

export class Checkout {
  private static issued = 0;
  private listeners: Listener<Order>[] = [];

  constructor(
    private readonly cart: Cart,
    private readonly discounts: readonly Discount[] = [],
  ) {}

  onOrder(listener: Listener<Order>): void {
    this.listeners.push(listener);
  }

  submit(): Order {
    this.validate();
    const discounts = applyAll(this.discounts, this.cart);
    const off = total(discounts, (applied) => applied.amount);
    const due = add(this.cart.subtotal(), off);
    const order: Order = { number: Checkout.nextNumber(), cart: this.cart, discounts, due };
    for (const listener of this.listeners) listener(order);
    return order;
  }

  private validate(): void {
    /* 🛒 = ∅ ? */ if (this.cart.isEmpty) throw new Error("🛒 the cart is empty: nothing to check out");
  }

  private static nextNumber(): string {
    return `A-${String(++Checkout.issued).padStart(4, "0")}`;
  }
}

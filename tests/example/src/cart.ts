import { money, total, type Money } from "./money";

export interface Article {
  sku: string;
  title: string;
  price: Money;
}

export interface Line<A extends Article> {
  article: A;
  count: number;
}

export class Cart<A extends Article = Article> {
  private readonly lines = new Map<string, Line<A>>();

  put(article: A, count = 1): this {
    const known = this.lines.get(article.sku);
    if (known) known.count += count;
    else this.lines.set(article.sku, { article, count });
    return this;
  }

  get isEmpty(): boolean {
    return this.lines.size === 0;
  }

  *[Symbol.iterator](): Generator<Line<A>, void> {
    yield* this.lines.values();
  }

  subtotal(): Money {
    return total(this, linePrice);
  }
}

export function linePrice({ article, count }: Line<Article>): Money {
  return money(article.price.cents * count, article.price.currency);
}

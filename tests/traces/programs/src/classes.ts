import { check, fail, ShopError } from "./fail.js";

abstract class Shape {
  static #count = 0;
  protected readonly label: string = "shape";
  private readonly scale: number;
  describe = (): string => `${this.label} of ${this.area()}`; //= Circle.describe -> Shape.describe

  constructor(scale: number) {
    check(scale, "scale");
    this.scale = scale;
    Shape.#count++;
  }

  abstract area(): number;

  get size(): number {
    return this.scaled(this.area()); //= get size -> get Shape.size
  }

  set size(value: number) {
    this.resize(value); //= set size -> set Shape.size
  }

  protected resize(value: number): void { check(value, "size"); } //= Circle.resize -> Shape.resize

  private scaled(area: number): number {
    if (Number.isNaN(area)) fail<number>("no area", area); //= Circle.scaled -> Shape.scaled
    return area * this.scale;
  }

  static create<T extends Shape>(this: new (...values: number[]) => T, ...values: number[]): T {
    return new this(...values); //= Circle.create -> Shape.create
  }

  static counted(): number {
    return check(-Shape.#count) as unknown as number;
  }
}

class Circle extends Shape {
  readonly radius: number;

  constructor(radius: number, scale = 1) {
    super(scale);
    this.radius = this.#checked(radius);
  }

  #checked(radius: number): number {
    check(radius, "radius"); //= #checked -> Circle.#checked
    return radius;
  }

  override area(): number { return Math.PI * this.radius ** 2; }

  *[Symbol.iterator](): Generator<number> {
    yield this.radius;
    fail(`the end of ${this.label}`); //= [Symbol.iterator] -> Circle.<computed>
  }

  ["comp" + "uted"](): number { return fail("computed"); } //= Circle.computed -> Circle.<computed>
}

const Square = class extends Shape {
  side = this.measure(); //= <instance_members_initializer> -> new Square

  measure(): number { return check((this as { given?: number }).given, "side") as unknown as number; }

  override area(): number { return this.side! * this.side; }
};

export const constructing = () => new Circle(1, -1);
export const privateMethod = () => [new Circle(1), new Circle(-1, 2)].length;
export function staticMethod(): Circle { return Circle.create(3, -3); }
export function staticPrivate(): number { return Shape.counted() + Circle.counted(); }
export function getter(): number { return (new Circle(NaN)).size; }
export function setter(): void { const circle = new Circle(2); circle.size = -1; }
export function arrowField(): string { return Object.assign(new Circle(2), { area() { return fail("area"); } }).describe(); } //= Circle.area -> <object>.area
export function iterating(): number[] { return [...new Circle(5)]; }
export function computed(): unknown { return (new Circle(6) as unknown as Record<string, () => void>).computed!(); }
export function field(): number { return new Square(7).area(); }
export function inConstructor(): Error { return new ShopError({ what: "" }); }

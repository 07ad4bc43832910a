// As names.js, for what TypeScript adds.
function over(a: string): void; function over(a: any) {} //= over
declare function nothing(): void; declare const t: () => void;
abstract class A<T> extends mixin<T>(class Q<T> { m(): T {} }, () => 1) implements I { //= new A, new Q, Q.m, -
  constructor(x: () => void); //=
  constructor(private readonly x: any = () => {}) { super(); } //= new A, -
  abstract k(): void; declare y: () => void; z?: () => void; m?(): void; //=
  protected override async m<T>(this: A<T>, a?: T): Promise<T> {} //= A.m
  private readonly f = <T,>(x: T): x is T => true; accessor g: () => void = () => {}; //= A.f, A.g peers: A, A
  @dec(() => 1) public static n() {} @dec({ p: () => 1 }) q = () => 1; //= -, A.n, <object>.p, A.q peers: -, A.n, <object>.p, A
  get p(): number { return 1 } set p(v: number) {} [key: string]: unknown; //= get A.p, set A.p
}
@dec(() => 1) class B {} //= -, new B
namespace N.M { export function f() {} g(() => 1); export const h = (): void => {} } //= f, -, h
enum E { A = f(() => 1), B = 2 } //= -
const a = <T extends { x: () => void }>(x: T): (() => T) => () => x, b = async <T>(x: T) => x; //= a, -, b
a!.b = () => 1; a.b!.c! = () => 1; a[b!] = () => 1; (a as any).d = () => 1; let v: (x: number) => string = f(() => 1)!; //= a.b, a.b.c, a[b], -, v
const o = { m<T>(): T {}, p: <T>(x: T) => x, q: (() => 1) as () => number, r: (<any>(() => 1)) } satisfies O; //= o.m, o.p, o.q, o.r
export = f(() => 1); //= -

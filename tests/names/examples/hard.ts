// As hard.js, for types.
let a: any, b: any, c: any, x: any, y: any, z: any, f: any; type T = any; type U<V = {}> = V; interface I { } class B<T = any, U = any> { constructor(...p: any[]) { } }
// less than, or arguments of types
f<T>(() => 1); f<T, U<T>>(() => 1); f<U<U<T>>>(() => 1); new B<T>(() => 1); new B<T>; f<T>`${() => 1}`; x = f<T>; f?.<T>(() => 1); f<{ m(): void }>(() => 1); f<() => void>(() => 1)
x = a < b; x = a < b > c; x = a < b || c > (() => 1); x = a < (b >> c); f(a < b, c > (() => 1)); x = a < 1 && b > 2; x = (a < b) > (() => 1); for (let i = 0; i < a; i++) f(() => i)
if (a < b) { f(() => 1) } while (a < b) f(() => 1); x = a < b ? () => 1 : () => 2; x = a << b >> c >>> 1; x = [a < b, c > 1]; x = a < b.length && c > (y); x = a < b / 2 / c
f<typeof x, keyof T, T[number], "s", -1, `a${string}b`, [a: T, b?: T, ...c: T[]], unique1>(() => 1); type unique1 = 1; f<new () => T>(() => 1); f<abstract new () => T>(() => 1)
f<T extends U ? { a: 1 } : (x: T) => x is T>(() => 1); x = f<T>() > (() => 1); f<import("x").Y<T>>(() => 1); f<(T | U)[]>(() => 1); f<T>(a)<U>(() => 1); x = <T>(() => 1); x = <any>function () { }
// arrows
x = <T>(p: T) => p; x = <T extends I = I>(p: T): T => p; x = async <T>(p: T): Promise<T> => p; x = <const T,>(p: T) => p; x = <T, U>(p: T, q: U): p is T & U => { return true }
x = (p: T): void => { }; x = (p?: T, ...q: T[]): { a: T; b(): void } => ({ a: 1 }); x = (): (() => void) => () => { }; x = (p = (q: T): T => q): typeof p => p; x = ({ p }: { p: T }): T => p
x = (p: (q: T) => void, { r = (s: T): T => s }: any = {}): asserts p is T => { }; x = (): T extends U ? 1 : 2 => 1; x = (): [T, () => void] => [1, () => { }]; x = (p): p is T => true; x = (this1: T) => 1
x = (p: { a: () => void; b?(): T; readonly [k: string]: T; new(): T; get c(): T; set c(v) }): T[] => []; x = (): asserts this => { }; x = (): `a${string}` => `a`; x = (): new () => T => B; x = async (p: T): Promise<void> => { }
x = a ? (p: T) => p : (q: T) => q; x = a ? (p): T => p : (q): T => q; x = a ? (b) : (c); x = a ? (p = 1) => p : 2; x = a ? (p?: T) => p : 1; x = a ? async (p): Promise<T> => p : 1; x = a ? ({ p }) => p : 1; let p: any, q: any
x = a ? (y): y is T => y : z => z; x = a ? b ? (p): T => p : 2 : 3; x = a ? f(b) : c; x = a ? (b) : c ? (y) : (z); x = a ? (b, c) : (z); x = a ? (b) => (c) : (d1) => e1; let e1: any; x = a ? { m(): T { return 1 } } : 2; x = a ? (() => { }) : (): T => 1
x = (p) => (q): T => (r: U) => 1; x = [(p): T => p, (q: T) => q]; x = { a: (p): T => p, b: <T>(p) => p, c(p): T { return p }, async d<T>() { }, get e(): T { return 1 }, set e(v: T) { }, *[f(() => 1)]<T>(): any { } }; f((p): T => p, <T>(q: T) => q)
// as, satisfies, !, type assertions
x = a as T; x = a as () => void; x = (a as any)(() => 1); x = f(() => 1) as T; x = (() => 1) as () => T; x = a as T[] as U<T>; x = a as const; x = { m() { } } as I; x = [() => 1] as T[]; x = a as T && (() => 1)
x = a satisfies T; x = { m() { } } satisfies I as I; x = a! / b! / c; x = a!.b!(() => 1)!; x = a! as T; x! = () => 1; x = a as T | (() => void); x = a as { m(): T }; if (a as T) f(() => 1); x = a as T ? () => 1 : () => 2; x = (<T>a).b(() => 1); x = a as any /1/ b
for (const k of a as T[]) f(() => k); x = a as typeof b | keyof T; x = a as unknown as (p: T) => T; x = `${a as T}${() => 1}`; x = a as T[number]["k"]; x = a as import("x").Y; x = a as T extends U ? 1 : () => 2; (a as T) = () => 1; x = y as any, z = () => 1; as(() => 1); var as: any, satisfies: any, type: any, is: any
x = a
as
(() => 1)
type
= () => 1; type(() => 1); type ? () => 1 : 2; x = type / 1 / a; declare(() => 1); namespace(() => 1); module(() => 1); abstract(() => 1); var declare: any, namespace: any, module: any, abstract: any, readonly: any, keyof1: any
namespace = () => 1; module.exports = { m() { } }; abstract = class { }; declare = () => 1; var infer = () => 1, asserts = () => 1, override = () => 1, out = () => 1, accessor = () => 1, global = () => 1, enum1 = () => 1, interface1 = () => 1
// declarations without code
type F1 = () => void; type F2 = <T>(p: T) => (q: T) => void; type F3 = new (...p: any[]) => T; type M1 = { [K in keyof T as `x${K & string}`]?: () => T[K] }; type C1<V> = V extends (infer R extends string)[] ? () => R : never; type L = | "a" | (() => void)
interface J<V> extends I, U<() => void> { m(p: () => void): void; (p: T): T; new(p: T): J<T>; readonly f: () => void; get g(): () => void; set g(v); [k: string]: any; method?<W>(): W; "s"(): void; async(): void; get(): void }
type O1 = { a: () => void, b(): void; c: { d(): void } } | { [k: string]: () => void }
type After = T
f(() => 1); declare const d1: () => void, d2: { m(): void }; declare function d3<V>(p: V): asserts p is V; declare function d4(): void
declare let d5: (p: () => void) => void
f(() => 1); declare module "m" { export function g(): void; const h: () => void; export default function (): void; export = h } declare global { interface Window { f: () => void } } declare namespace N1.N2 { let x: () => void; class C { m(): void; x: () => void } }
declare enum E0 { A = 1, B = A << 2 } declare abstract class D1 { m(): void; abstract n(): T; constructor(p: T); static s: () => void; get a(): T }
import type { X1 } from "x"; import { type X2, type as as1 } from "x"; import type X3 from "x"; import X4 = require("x"); import type X5 = require("y"); import X6 = N.M.f; export type { X1 }; export type Y1 = () => void; export import X7 = N.M; export as namespace Q1; import type from "x"
export interface Y2 { m(): void } export abstract class Y3 { abstract m(): void; n(): void { f(() => 1) } abstract x: () => void; abstract get y(): T; private abstract z } export declare class Y4 { } export default interface Y5 { m(): void }
namespace N { export function f() { } export const g = () => 1; namespace M { class C { m() { } } } export namespace O.P { f = () => 1 } } module N3 { f(() => 1) } const enum E1 { A = 1, "B-C" = `x`, D = E1.A | 2, F = f(() => 1) } export enum E2 { A } enum E3 { }
// classes
class C2<V extends I = any> extends B<V, () => void> implements I, U<{ m(): void }> { p: T; q?: () => void; r!: (p: T) => void; readonly s: T = () => 1; static t: () => void = () => { }; private static readonly u = <V,>(p: V): V => p; declare v: T; ["w"]: () => void = () => 1; [x: string]: any
  constructor(private p1: T = () => 1, public readonly p2?: () => void, protected override p3 = function (): void { }) { super() } m(): void; m(p?: T): void { } private async n<V>(this: C2<V>, ...p: T[]): Promise<V> { return f<V>(() => 1) } static async *o<V>(): AsyncGenerator<() => void> { } get a(): T { return 1 } set a(v: T) { }
  abstract; readonly; override; public; declare; accessor; static; abstract1(): void { } readonly readonly = () => 1; override(): void { } public public(): void { } accessor accessor = () => 1; declare(): void { } private() { } static static(): void { } get(): T { } async(): T { } get?(): void; set<V>(v: V) { } async<V>() { }
  a1 = 1
  b1(): void { } c1: T
  d1(): void { } e1?: T
  ["f1"]() { } g1!: T
  static h1() { } i1: () => void
  get j1() { return 1 } k1: { m(): void } = { m() { } }
  l1 = f<T>(() => 1) as T; m1: typeof a; n1: T | (() => T) = () => { }; o1 = (p: T): T => p; 'p-1'?: () => void = () => 1; 12: T = () => 1; #q1: T = () => 1; static { f(() => 1) } async *[f(() => 1)]<V>(): any { } }
abstract class C3 { abstract m(): void; abstract n: () => void; protected abstract readonly o: T; abstract get p(): T; abstract set p(v); abstract q?(): void; r() { } private constructor(); private constructor(p?: T) { f(() => 1) } }
@f(() => 1) @f.g<T>(() => 2) class C4 { @f() @f(() => 3) p = () => 4; @f(class { m() { } }) m(@f(() => 5) p: T, @f private q = () => 6) { } @f get a() { return 1 } @f static async b() { } @(f ? a : b)(() => 7) c = 1; @f.g.h d() { } @f
e() { } @f accessor g = () => 8; @f declare h: () => void; @f @f readonly i = () => 9 }
@f export class C6 { } @f(() => 1) export abstract class C7 { } x = @f class { m() { } }; x = class <V> { m() { } }; x = class implements I { m() { } }; x = class C8<V> extends B<V> { m() { } }; x = class extends B<() => void> { m() { } }; x = abstract => 1
function g1<V>(this: T, p: V, { q = () => 1 }: { q?: () => T } = {}, [r = (): T => 1]: any[] = [], ...s: (() => void)[]): (p: T) => asserts p is T { return () => 1 } function g2(p): p is T { return f(() => 1) } function* g3<V>(): Generator<() => void> { } async function g4(): Promise<{ m(): void }> { }
function g5(p: T): void
function g5(p?: T): () => void { return () => { } }
export default function g6<V>(): { m: () => void } { return { m: (): void => { } } } let h1: () => void = () => { }, h2: { m(): void } = { m() { } }, h3!: T, h4: T extends U ? () => 1 : 2 = () => 1, h5: (p: T) => p is T = (p): p is T => true, { h6 }: { h6: () => void } = a, [h7 = () => 1]: any[] = b
let h8: typeof import("x"), h9: unique symbol, i1: readonly T[] = [() => 1], i2: [a: () => void] = [() => 1], i3: abstract new () => T = class { }, i4: T["k"] = () => 1, i5: -1 | 1n = f(() => 1), i6: `${T}` = f(() => 1), i7: this = () => 1, i8: (T) = () => 1, i9: asserts1 = () => 1; type asserts1 = any
try { } catch (e: unknown) { f(() => 1) } using: f(() => 1); for (let i: number = 0, j: () => void = () => 1; i < 1; i++) f(() => i); l: for (; ;) break l; switch (a as T) { case b as T: f(() => 1); case <T>c: f(() => 2); default: f(() => 3) }

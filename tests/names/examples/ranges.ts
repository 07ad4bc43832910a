// Every function is between comments like those around this one.
/*<*/function f() {}/*>*/
export /*<*/async function g(this: any, x = /*<*/() => 1/*>*/) {}/*>*/
export default /*<*/function () {}/*>*/
const a = /*<*/<T,>(x: T): T => x/*>*/, b = /*<*/async x => (x)/*>*/, c = (/*<*/x => ({})/*>*/), d = [/*<*/x => 1/*>*/, 2];
const e = x ? /*<*/(y): y is T => y/*>*/ : /*<*/z => z/*>*/;
@dec /* not here */ @dec() export abstract /*<*/class A<T> extends /*<*/class {}/*>*/ implements B {
  @dec /*<*/public static override async *m?<T>(x: T): T {}/*>*/
  @dec() /*<*/get x() { return 1 }/*>*/ /*<*/protected set x(v) {}/*>*/
  /*<*/constructor(@dec(/*<*/() => 1/*>*/) private x) {}/*>*/
  @dec static readonly f: () => void = /*<*/() => {}/*>*/;
  /*<*/*gen() {}/*>*/ /*<*/async [/*<*/() => 1/*>*/]() {}/*>*/ /*<*/#p() {}/*>*/ /*<*/"s"() {}/*>*/
  static { /*<*/() => 1/*>*/ }
}/*>*/
declare /*<*/class B { m(): void }/*>*/
x = { /*<*/async *m() {}/*>*/, /*<*/get a() {}/*>*/, /*<*/set [b](v) {}/*>*/, p: /*<*/async function* () {}/*>*/ };

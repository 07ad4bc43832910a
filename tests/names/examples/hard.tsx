// As hard.js, for JSX between types.
let a: any, b: any, c: any, x: any, y: any, f: any; type T = any; declare const A: any, B: any
x = <A>text ' " ` {`}` } isn't { } /* {"*/"} // = function () {'{'} &lt; &amp;{() => 1}</A>;
x = <A b="=> {" c='/* {"' d={() => 1} e={/}/} f={`}${() => 1}`} g={"}"} {...{ m() { } }} h i-j={<B k={() => 1} />} l:m={() => 1} n="multi
line >" o=<B p={() => 1}>t</B> q={/* c */ () => 1 /* d */}>{/* comment } */}{a ? <B /> : <B></B>}{a < b}{a > b}{() => <i>{() => 1}</i>}</A>
x = <><B />{() => 1}<A.B.C d={() => 1}></A.B.C><this.x y={() => 1} /><a-b-c d={() => 1}></a-b-c><n:m o={() => 1} /></>; x = <A<T> b={() => 1} />; x = <A<T, { m(): void }> b={(p: T): T => p}>{(q: T) => q}</A>; x = <A /**/ b // d
  = {() => 1} />; x = <A>{}{/**/}</A>; x = <A>{...[() => 1]}</A>
x = a < b; x = a < (b) > (() => 1); x = f<T>(() => 1); x = <T,>(p: T) => <A>{p}</A>; x = <T extends {}>(p: T) => p; x = <T, U>(p: T, q: U) => <A />; x = async <T,>(p: T) => <A b={() => 1} />; x = (p: T): T => <A />; x = () => <A b={() => { }}>{() => { }}</A> / 2
function F<P>({ a = () => 1 }: P): JSX.Element { return <A b={() => 1}>
  text with / slash and {a && <B c={() => 1} />} {a ? (<B>x</B>) : <B d={() => 1} />} {[1].map((v): T => <li key={v} onClick={() => v}>{v}</li>)} it's "quoted" `{`back${() => 1}`}
  <B>{function () { return <i /> }}</B> <B render={function n() { return <b>{() => 1}</b> }} /> </A>; }
x = a ? <A /> : <B />; x = [<A b={() => 1} />, <B />]; x = { p: <A b={() => 1} />, q() { return <B /> } }; x = a && <A b={() => 1} />; f(<A />, () => 1); x = <A />
y = () => 1; x = (<A></A>); x = a || <A />; x = !<A b={() => 1} />; x = a as T ? <A b={() => 1} /> : 1; if (a) <A b={() => 1} />; else <B />; for (; ;) <A>{() => 1}</A>
class C<P> extends A<P> { render() { return <A ref={(r: T) => { this.r = r }} b={this.c as () => void}>{(this.d as any)(() => 1)}</A> } e = <A b={() => 1} />; f = () => <A /> }
export default () => <A b={{ m() { }, n: () => 1, o: { p: () => 2 } }} c={[() => 1]} d={f(() => 1)} e={a ? () => 1 : () => 2}>{f(() => <B g={() => 1} />)}</A>

// Worked examples. The names of the functions that begin on a line stand at its end, - for none, and what peers say
// instead, where that is something else.

// declarations, variables, assignments
function f() {} //= f
async function* g() {} //= g
const a = function () {}, b = () => 1; //= a, b
let c = f(() => 1, function named() {}), d = [() => 1], e = c ? () => 1 : (() => 2); //= c, named, d, e, e
const { x = () => 1 } = a, [y = () => 1] = b; //= -, -
a = () => 1; //= a
a.b.c = function () {}; //= a.b.c
this.d = () => 1; //= this.d
a ??= () => 1; b ||= () => 1; c += function () {}; //= a, b, c
a["lit"] = () => 1; a[b] = () => 1; a[b + 1] = () => 1; a[`t`] = () => 1; //= a["lit"], a[b], a[<computed>], a[<computed>]
a[0].b = () => 1; a[this].b = () => 1; //= a[0].b, a[this].b peers: a[<computed>].b, a[<computed>].b
f().x = () => 1; (a).x = () => 1; //= -, -
b = f().x = () => 1; //= b
a[f(() => 1)] = 1; //= -
[c = () => 1] = []; ({ c = () => 1, d: e = () => 2, g: [b = () => 3] } = a); for ([c = () => 1] of d); //= -, -, -, -, -
f(() => 1); !function () {}(); (() => 1)(); //= -, -, -
f(function n() {}); b = function n() {}; a.b = function n() {}; //= n, n, a.n
a[b] = function n() {}; a["lit"] = function n() {}; //= a.n, a.n peers: a[bn, a["lit"n
b = () => () => 1; //= b, -
b = (p = () => 1) => p; //= b, -

// objects
b = { m() {}, p: () => 1, q: function n() {}, get r() {}, set r(v) {}, async *s() {} }; //= b.m, b.p, b.n, get b.r, set b.r, b.s
f({ m() {}, p: () => 1, get r() {} }); //= <object>.m, <object>.p, get <object>.r
f({ p: { q: () => 1 } }, [{ p: () => 1 }]); //= <object>.p.q, <object>.p
b = { "str-key": () => 1, 1: () => 1, [f(() => 1)]: () => 1, ...f(() => 1) }; //= b, b, b, b, b
b = { "str-key"() {}, 1.7() {}, [d]() {}, 0x10() {} }; //= b.<"str-key">, b.<1.7>, b.<computed>, b.<0x10>
b = { "word": () => 1, "word2"() {} }; //= b.word, b.word2 peers: b, b.<"word2">
f({ 1: function n() {}, 2: () => 1 }); //= n, -
b = { get r() { f(() => 1) }, set r(v) { f(() => 1) }, m() { f(() => 1) } }; //= get b.r, -, set b.r, -, b.m, - peers: get b.r, b, set b.r, -, b.m, -
module.exports = { m() {}, p: () => 1 }; //= module.exports.m, module.exports.p
f([{ key: "m", value: function () {} }, { key: "a-b", value: () => 1 }]); //= <object>.m, <object>.<"a-b">
f({ value: () => 1, key: "m" }, { key: d, value: () => 1 }); //= <object>.value, <object>.value

// classes
class A { constructor() {} m() {} static s() {} get p() {} set p(v) {} #q() {} async *[d]() {} 1() {} } //= new A, new A, A.m, A.s, get A.p, set A.p, A.#q, A.<computed>, A.<1>
class B extends f(() => 1, class { m() {} }) {} //= new B, -, -, m
class C { x = () => 1; static y = f(function n() {}); #z = () => 1; "a b" = () => 1; [d] = () => 1 } //= new C, C.x, C.n, C.#z, C.<"a b">, C.<computed> peers: new C, C, n, C, C, C
class D { get #x() {} "word"() {} } //= new D, get D.#x, D.word peers: new D, D.#x, D.<"word">
class E { static { f(() => 1); this.m = () => 1; } [f(() => 1)]() {} } //= new E, E, this.m, E.<computed>, E
class H { static { class I { m() {} } } } //= new H, new I, I.m
b = class { m() {} constructor() {} }; //= new b, b.m, new b
b = class F { m() {} }; a.F = class F { m() {} }; F = f(class F { m() {} }); //= new b.F, b.F.m, new a.F, a.F.m, new F, F.m peers: new b.F, b.F.m, new a.F.F, a.F.F.m, new F.F, F.F.m
f({ p: class { m() {} }, F: class F { m() {} } }); //= new <object>.p, <object>.p.m, new <object>.F, <object>.F.m peers: new <object>.p, <object>.p.m, new <object>.F.F, <object>.F.F.m
class G { m() { this.#p = () => 1; this.a.b = () => 1; super.x = () => 1; } #p } //= new G, G.m, this.#p, this.a.b, - peers: new G, G.m, this, this.a.b, -
export default class { m() {} static x = f(() => 1); } //= new default, default.m, default.x peers: -, m, -

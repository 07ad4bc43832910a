#!/usr/bin/env node
// What is hard to scan without a grammar. The peers say what is right; nothing is beside the lines.
var a = 1, g = 2, b = 3, i = 1, x = {}, y, z, f = (...p) => p, async = f, of = [], get = 1, set = 1, let1;
// division or regular expression
x = a / b / g; x = a++ / 2; x = (a) / b / g; x = [a] / b / g; x = {} / b / g; x = `t` / b / g; x = this / b / g;
if (a) /re/.test(b) && f(() => 1); while (0) /[/]\/\(/.exec(f(() => 1)); for (;0;) /\}/g.exec(() => 1); do /x/.y; while (0) /\{/.z
a
/b/g.x; f(() => 1)
a = b
/f(() => 1)/g
y = function () {} / 1; { } /=>/.test(a); function d1() {} /=> {/.test(a); class c1 {} /\{/.test(a)
x = typeof /\{/; x = void /\}/ / 2; x = a ? /:/ : /[?]/; x = f(/,/, /\)/); x = [/]/, /[\]]/]; throw1: /=/.x; x = !/'/.y + -/"/.z
switch (a) { case /x{/.y: f(() => 1); default: /y}/.z }
x = a ? { m() { return /\}/ } } : { n() {} }; x = (() => /=>/)() / 2; x = (() => ({}) / 2); x = async () => /re/
x = y => { } /* no division after a body */
/re/.test(y => 1)
for (const v of /x/g.y) f(() => v); for (x in /y/) ; x = a instanceof /z/; (function* () { yield /w/; yield
/v/; yield* /u/ })
if (a) { } else /re\(/.x; x = { a: /[{]/, b() { return a /1/ g } }; x = a /* { */ / 1 // {
x = "\"" + '\'' + "\
{" + `${`${() => { return `}` }}`}{` + `\`${{ m() { } }.m}`; x = f`a${() => 1}b${{ n() { } }}c`; x = a?.5:.7; x = a?.[() => 1]?.(() => 2)
// automatic semicolons
x = a
++b
x = f
(() => 1)
x = () => {}
[1].y
y = a
f(() => { return
{ () => 1 }
}); label: for (;;) { continue label
}
do f(() => 1); while (0) f(() => 2)
var async2 = async
function d2() { }
x = class { a
b = () => 1
get
c() { } static
async
d() { } 'e' = 1; async
f() { } get; set; static; async; static static = () => 1; get = () => 1; async = 2;
*g() { } static async *#h() { } static { } static get i() { } get [f(() => 1)]() { } static async = () => 1; in
instanceof1; async () { } get() { } set() { } static() { } async static() { } get get() { } set set(v) { } async *async() { } await() { } }
// words that are names too
async(() => 1); async (x, y); x = async => 1; x = async async => 1; x = async (async) => 1; x = async x => x; x = (async); async = () => 1
x = { async, get, set, await: () => 1, async() { }, get() { }, set() { }, async async() { }, get get() { }, set set(v) { }, async *await() { }, static() { },
  get: () => 1, async: () => 1, set: 1, 'async': () => 1, function: () => 1, class: class { }, new() { }, get 'str'() { }, get 1() { }, get [a]() { }, if() { } }
x = { get
p() { }, async q() { }, *
r() { } }
x.function = () => 1; x.class = class { }; x.if(() => 1) / 1; x.return /1/ g; x.async = () => 1; x = { if: 1 }.if /1/ g; x?.class /1/ g
get = () => 1; set = function () { }; of = () => 1; var yield1 = function () { }, of = () => 1, get = () => 1; for (of of of) ; for (async of => 1; 0;) ;
async: x = 1; get: f(() => 1); if (a) async: f(() => 1)
// blocks, objects, labels, conditionals
{ a: f(() => 1) } ({ a: () => 1 }); x = { a: { b: () => 1 } }; l: { () => 1 } x = a ? b ? () => 1 : () => 2 : b ? c => c : () => 3
x = a ? (b) : c => d; x = a ? (b, c) => d : e1 => f; x = a ? (b) => (c) : d => e; x = a ? b => (c) : (d) => e; var e1, e, d, c
x = a ? ({ b() { } }) : [() => 1]; x = a ? async (b) => c : async (d) => e; x = (a, b => b, (c, d) => d); x = [a => a, (b, c) => c, async d => d]
x = ({ a = () => 1, b: { c = () => 2 } = {}, ...d }, [e = () => 3, ...f2] = [], { [f(() => 4)]: g1 }) => ({ a }); x = ({ a }) => { }; x = ([a]) => [a]
x = (a = (b = () => 1) => 2, c = function (d = () => 3) { }) => { }; x = () => () => () => { }; x = a => b => ({ c: d => d }); x = (() => { })
x = a || (() => 1) , b ?? (() => 2); x = (a, () => 1); x = !(() => 1); x = +function () { }(); x = new class { m() { } }(() => 1); x = new (f(() => 1))
x = new f(() => 1).y(() => 2); x = () => { }, y = () => { }; x = () => a, b; x = () => a ? b : c; x = () => a in b; x = y = z = () => 1; x = y => y, z = 1
x = function () { }.call(() => 1); x = (function n() { })(() => 1), y = () => 1; x = { ...a, ...() => 1 }; f(...a, ...[() => 1]); x = [, () => 1, , ]
x = () => { }; (() => { })(); x = () => ({})[a]; x = () => [a][b]; x = () => a(b)(c); x = () => `${() => 1}`; x = () => function () { }; x = () => class { m() { } }
x = a ? () => { } : () => { }; x = [() => { }, () => { }]; x = { a: () => { }, b: () => ({}), c: () => [], d() { } }; f(() => { }, () => 1, function () { }); if (() => 1) f(() => 2)
for (var q = () => 1; 0;) ; for (let q = a ? () => 1 : 2, r = () => { }; q < 1; q = () => 3) f(() => 1); for (const k in { m() { } }) ; for (const [k = () => 1] of [() => 2]) ;
try { f(() => 1) } catch { f(() => 2) } finally { f(() => 3) } try { } catch ({ a = () => 1 }) { } switch (() => 1) { case () => 2: case 1: f(() => 3); break; default: () => 4 }
var { a: v1 = () => 1, b: { c: v2 = class { } } } = f(() => 2), [v3 = () => 3] = [], v4 = () => 4; let v5, v6 = () => 5
export default class extends (class { m() { } }) { constructor() { super(() => 1); super.m(() => 2); new.target /1/ g } }
import v7 from "x"; import * as v8 from 'y'; import { default as v9, v10 } from "z"; export * from "x"; export { v7 as v11, v7 as default1 }; export const v12 = () => 1, v13 = class { }
export function d5() { } export async function* d6() { } import("x").then(() => 1); x = import.meta.y /1/ g; import v14 from "j" with { type: "json" }
class c2 extends f(() => { class c3 extends c1 { m() { } } return c3 }) { m() { } } class c4 extends c1 { } class c5 extends a.b[c](() => 1) { m() { } } class c6 extends null { }
x = { a() { return { b() { return class { c() { return () => { } } } } } } };
var \u0061b = () => 1, ünï = () => 1, $ = () => 1, _ = function () { }, 変数 = () => 1; x.\u0061 = () => 1; class Ünï { müt() { } #ü = () => 1 }
x = 1..y(() => 1); x = 1.0.y(() => 1); x = 0x1F / 2 / 3; x = 1e3 / 2 / 3; x = 1_000n / 2n; x = .5 / 2 / 3; x = 1. / 2 / 3; x = 0b1 / 2 / a; x = a.b1 / 2 / 3

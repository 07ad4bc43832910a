// As hard.ts, for what Babel does not take.
let a: any, x: any, y: any, f: any; type T = any
x = a ? (p) : q => q; x = a ? (p) : (q) => q; x = a ? (p) : (q) => (q); x = a ? f(p) : async (q) => (q); x = a ? (p, q) : q => ({}); let p: any
x = a ? (y) : y ? (p) : q => q; x = a ? (p) : function (q) { return q }; x = [a ? (p) : q => q, () => 1]; x = a ? (p) : (q): T => q
export @f(() => 1) class C1 { } export default @f(() => 1) class C2 { }

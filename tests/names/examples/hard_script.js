// As hard.js, for what modules do not have.
x = a <!--b => { function no() {}
--> function no() {}
/* c */ --> () => 1
x = a--> b; with (a) f(() => 1); with (a) /x\(/.y; var yield = () => 1, let = () => 1, static = () => 1, package = () => 1
let /1/ g; x = 010 / 1 / g; x = 08.5 / 1; let
(() => 1); x = yield => 1; x = (yield) => 1; function await2(yield) { } var l = { await: 1, yield() { } }; let
x2 = () => 1; if (a) function d1() { } if (a) function d2() { } else function d3() { }
l: function d4() { } return /x/.y

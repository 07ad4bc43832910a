/*
 * The grammar of frames in text. Where frames are in a line is marked in it: «at fn (URL:L:C)».
 */
#include "tests/unit/marked_frames.h"

struct line_case {
    const char *marked;
    const char *frames; /* as dump_frame writes them */
};

static void assert_lines(const struct line_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_marked(cases[i].marked, cases[i].frames);
    }
}

/* No frame at all. */
static void assert_none(const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_marked(lines[i], "");
    }
}

/* ---- V8 ---- */

static const struct line_case v8_lines[] = {
    {"    «at fn (https://x.com/a.js:1:2)»", "at+alone | fn | https://x.com/a.js | 0:1"},
    {"    «at https://x.com/a.js:10:20»", "at+alone | - | https://x.com/a.js | 9:19"},
    {"«at fn (a.js:1:1)»", "at+alone | fn | a.js | 0:0"},
    {"\t«at fn (a.js:1:1)» \r", "at+alone | fn | a.js | 0:0"},
    {"  «at async fn (a.js:3:4)»", "at+async+alone | fn | a.js | 2:3"},
    {"  «at async a.js:3:4»", "at+async+alone | - | a.js | 2:3"},
    {"  «at async file:///x/a.mjs:3:4»", "at+async+alone | - | file:///x/a.mjs | 2:3"},
    {"  «at new Foo (a.js:3:4)»", "at+new+alone | Foo | a.js | 2:3"},
    {"  «at async new Foo (a.js:3:4)»", "at+async+new+alone | Foo | a.js | 2:3"},
    {"  «at newer (a.js:3:4)»", "at+alone | newer | a.js | 2:3"},
    {"  «at asyncer (a.js:3:4)»", "at+alone | asyncer | a.js | 2:3"},
    {"  «at Foo.bar [as baz] (a.js:3:4)»", "at+alone | Foo.bar | a.js | 2:3"},
    {"  «at async Foo.bar [as baz] (a.js:3:4)»", "at+async+alone | Foo.bar | a.js | 2:3"},
    {"  «at [as baz] (a.js:3:4)»", "at+alone | [as baz] | a.js | 2:3"},
    {"  «at Foo.[Symbol.iterator] (a.js:3:4)»", "at+alone | Foo.[Symbol.iterator] | a.js | 2:3"},
    {"  «at Object.<anonymous> (a.js:3:4)»", "at+alone | Object.<anonymous> | a.js | 2:3"},
    {"  «at <anonymous> (a.js:3:4)»", "at+alone | <anonymous> | a.js | 2:3"},
    {"  «at get foo (a.js:3:4)»", "at+alone | get foo | a.js | 2:3"},
    {"  «at Foo.get foo [as foo] (a.js:3:4)»", "at+alone | Foo.get foo | a.js | 2:3"},
    {"  «at what at all (a.js:3:4)»", "at+alone | what at all | a.js | 2:3"},
    {"  «at at (a.js:3:4)»", "at+alone | at | a.js | 2:3"},
    {"  «at foo(bar) (a.js:3:4)»", "at+alone | foo(bar) | a.js | 2:3"},
    {"  «at a@b (a.js:3:4)»", "at+alone | a@b | a.js | 2:3"},
    {"  «at (a.js:3:4)»", "at+alone | - | a.js | 2:3"},
    {"  «at \xc3\xbc\xe2\x88\x86 (\xc3\xa9.js:3:4)»",
     "at+alone | \xc3\xbc\xe2\x88\x86 | \xc3\xa9.js | 2:3"},
    {"  «at f (\xe6\x96\x87:3:4)»", "at+alone | f | \xe6\x96\x87 | 2:3"},
    {"  «at f (node:internal/modules/cjs/loader:1105:14)»",
     "at+alone | f | node:internal/modules/cjs/loader | 1104:13"},
    {"  «at node:internal/main/run_main_module:22:47»",
     "at+alone | - | node:internal/main/run_main_module | 21:46"},
    {"  «at node:events:513:28»", "at+alone | - | node:events | 512:27"},
    {"  «at async node:fs:513:28»", "at+async+alone | - | node:fs | 512:27"},
    {"  «at f (http://localhost:8080/a.js?v=1:2#x:3:4)»",
     "at+alone | f | http://localhost:8080/a.js?v=1:2#x | 2:3"},
    {"  «at http://[::1]:8080/a.js:3:4»", "at+alone | - | http://[::1]:8080/a.js | 2:3"},
    {"  «at f (http://x:80:3:4)»", "at+alone | f | http://x:80 | 2:3"},
    {"  «at f (webpack-internal:///./src/a.js:3:4)»",
     "at+alone | f | webpack-internal:///./src/a.js | 2:3"},
    {"  «at f (chrome-extension://abc/a.js:3:4)»",
     "at+alone | f | chrome-extension://abc/a.js | 2:3"},
    {"  «at f (blob:https://x.com/0a-1b:3:4)»", "at+alone | f | blob:https://x.com/0a-1b | 2:3"},
    {"  «at data:text/javascript;base64,eCgp:3:4»",
     "at+alone | - | data:text/javascript;base64,eCgp | 2:3"},
    {"  «at f (data:text/javascript,throw 'x'; f():3:4)»",
     "at+alone | f | data:text/javascript,throw 'x'; f() | 2:3"},
    {"  «at f ((index):10:20)»", "at+alone | f | (index) | 9:19"},
    {"  «at f (index:10:20)»", "at+alone | f | index | 9:19"},
    {"  «at f (https://unpkg.com/@x/y@18/a.js:3:4)»",
     "at+alone | f | https://unpkg.com/@x/y@18/a.js | 2:3"},
    {"  «at /x/node_modules/@babel/a.js:3:4»", "at+alone | - | /x/node_modules/@babel/a.js | 2:3"},
};

static const struct line_case path_lines[] = {
    {"  «at f (/home/a b/my (app) x/a.js:3:4)»", "at+alone | f | /home/a b/my (app) x/a.js | 2:3"},
    {"  «at f (/a/((b))/(c)/a.js:3:4)»", "at+alone | f | /a/((b))/(c)/a.js | 2:3"},
    {"  «at /home/a b/my (app) x/a.js:3:4»", "at+alone | - | /home/a b/my (app) x/a.js | 2:3"},
    {"  «at file:///home/a b/a.js:3:4»", "at+alone | - | file:///home/a b/a.js | 2:3"},
    {"  «at f (C:\\a\\a.js:3:4)»", "at+alone | f | C:\\a\\a.js | 2:3"},
    {"  «at f (C:\\new\\test\\ram\\a.js:3:4)»", "at+alone | f | C:\\new\\test\\ram\\a.js | 2:3"},
    {"  «at C:\\new\\test\\ram\\a.js:3:4»", "at+alone | - | C:\\new\\test\\ram\\a.js | 2:3"},
    {"  «at C:\\Users\\J D\\new dir\\a.js:3:4»",
     "at+alone | - | C:\\Users\\J D\\new dir\\a.js | 2:3"},
    {"  «at c:/Users/J D/a.js:3:4»", "at+alone | - | c:/Users/J D/a.js | 2:3"},
    {"  «at \\\\server\\new share\\a.js:3:4»", "at+alone | - | \\\\server\\new share\\a.js | 2:3"},
    {"  «at async f (C:\\Program Files (x86)\\a.js:3:4)»",
     "at+async+alone | f | C:\\Program Files (x86)\\a.js | 2:3"},
    {"  «at f (.\\a.js:3:4)»", "at+alone | f | .\\a.js | 2:3"},
    {"  «at ./a.js:3:4»", "at+alone | - | ./a.js | 2:3"},
};

static const struct line_case native_lines[] = {
    {"    «at Array.map (<anonymous>)»", "at+native+alone | Array.map | - | -:-"},
    {"    «at new Promise (<anonymous>)»", "at+new+native+alone | Promise | - | -:-"},
    {"    «at async Promise.all (index 0)»", "at+async+native+alone | Promise.all | - | -:-"},
    {"    «at async Promise.any (index 123)»", "at+async+native+alone | Promise.any | - | -:-"},
    {"    «at apply (native)»", "at+native+alone | apply | - | -:-"},
    {"    «at Foo.forEach [as bar] (native)»", "at+native+alone | Foo.forEach | - | -:-"},
    {"    «at <anonymous>»", "at+native+alone | - | - | -:-"},
    {"    «at <anonymous>» x", "at+native | - | - | -:-"},
    {"«map@[native code]»", "sign+native+alone | map | - | -:-"},
    {"  «@[native code]»", "sign+native+alone | - | - | -:-"},
    {"[native code]", ""},
    {"    at f (native code)", ""},
    {"    at f (<anonymous> x)", ""},
    {"    at f (index )", ""},
    {"    at f (indexes)", ""},
    {"    at <anonymous>x", ""},
    {"    at <anonymous", ""},
    {"we are at it (native)", ""},
    {"look at <anonymous> now", ""},
    {"write to me@[native code] now", ""},
};

static const struct line_case eval_lines[] = {
    {"  «at eval (eval «at f (a.js:3:4)», <anonymous>:1:21)»",
     "at+origin | f | a.js | 2:3; at+eval+alone | eval | <anonymous> | 0:20"},
    {"  «at eval (eval «at <anonymous> (a.js:3:4)», <anonymous>:1:21)»",
     "at+origin | <anonymous> | a.js | 2:3; at+eval+alone | eval | <anonymous> | 0:20"},
    {"  «at new Foo (eval «at new f (/a (b)/a.js:3:4)», <anonymous>:1:21)»",
     "at+new+origin | f | /a (b)/a.js | 2:3; at+new+eval+alone | Foo | <anonymous> | 0:20"},
    {"  «at eval (eval «at b (eval «at a (a.js:1:1)», <anonymous>:2:2)», <anonymous>:3:3)»",
     "at+origin | a | a.js | 0:0; at+origin+eval | b | <anonymous> | 1:1; "
     "at+eval+alone | eval | <anonymous> | 2:2"},
    {"  «at eval (<anonymous>:1:21)»", "at+eval+alone | eval | <anonymous> | 0:20"},
    {"  «at <anonymous>:1:21»", "at+eval+alone | - | <anonymous> | 0:20"},
    {"  «at f (evalmachine.<anonymous>:1:21)»", "at+alone | f | evalmachine.<anonymous> | 0:20"},
    {"at e (eval «at d (eval a@ f (a.js:1:11)», <anonymous>:1:2)",
     "at+origin | d (eval a@ f | a.js | 0:10"},
    {"at e (eval «at d((eval «at f (a.js:1:11)», <anonymous>:1:2)», a.js:1:2)",
     "at+origin | f | a.js | 0:10; at+origin+eval | d( | <anonymous> | 0:1"},
    {"«at e (eval «at d (eval «at f (a.js:1:1)», x:1:2)», y:1:2)»",
     "at+origin | f | a.js | 0:0; at+origin+eval | d | x | 0:1; at+eval+alone | e | y | 0:1"},
    {"f@a.js (eval «at f (a.js:1:1)» line 3 > eval:1:1", "at+origin | f | a.js | 0:0"},
    {"  «at eval (eval «at f (a.js:3:4)», b.js:1:21)»",
     "at+origin | f | a.js | 2:3; at+eval+alone | eval | b.js | 0:20"},
};

static void v8(void **state)
{
    (void)state;
    assert_lines(v8_lines, COUNT_OF(v8_lines));
    assert_lines(path_lines, COUNT_OF(path_lines));
}

static void native_code(void **state)
{
    (void)state;
    assert_lines(native_lines, COUNT_OF(native_lines));
}

static void evals(void **state)
{
    (void)state;
    assert_lines(eval_lines, COUNT_OF(eval_lines));
}

/* ---- SpiderMonkey and JavaScriptCore ---- */

static const struct line_case sign_lines[] = {
    {"«fn@https://x.com/a.js:1:2»", "sign+alone | fn | https://x.com/a.js | 0:1"},
    {"«@https://x.com/a.js:1:2»", "sign+alone | - | https://x.com/a.js | 0:1"},
    {"  «Foo.prototype.bar/<@a.js:1:2»\r", "sign+alone | Foo.prototype.bar/< | a.js | 0:1"},
    {"«fn@file:///C:/a.js:1:2»", "sign+alone | fn | file:///C:/a.js | 0:1"},
    {"«fn@https://x.com/react@18/@y/a.js:1:2»",
     "sign+alone | fn | https://x.com/react@18/@y/a.js | 0:1"},
    {"«fn@http://localhost:8081/index.bundle?platform=ios&dev=true:12:34»",
     "sign+alone | fn | http://localhost:8081/index.bundle?platform=ios&dev=true | 11:33"},
    {"«fn@http://x/a,b;c|{d}.js:1:2»", "sign+alone | fn | http://x/a,b;c|{d}.js | 0:1"},
    {"«fn@http://x/(a)/b.js:1:2»", "sign+alone | fn | http://x/(a)/b.js | 0:1"},
    {"async*«fn@a.js:1:2»", "sign+alone | fn | a.js | 0:1"},
    {"promise callback*«fn@a.js:1:2»", "sign+alone | fn | a.js | 0:1"},
    {"setTimeout handler*«@a.js:1:2»", "sign+alone | - | a.js | 0:1"},
    {"«global code@a.js:1:2»", "sign+alone | global code | a.js | 0:1"},
    {"«module code@a.js:1:2»", "sign+alone | module code | a.js | 0:1"},
    {"«eval code@a.js:1:2»", "sign+alone | eval code | a.js | 0:1"},
    {"«code@a.js:1:2»", "sign+alone | code | a.js | 0:1"},
    {"other «code@a.js:1:2»", "sign | code | a.js | 0:1"},
    {"«fn@a.js line 26 > eval:1:2»", "sign+eval+alone | fn | a.js | 25:-"},
    {"«anonymous@https://x/a.js line 26 > Function:1:2»",
     "sign+eval+alone | anonymous | https://x/a.js | 25:-"},
    {"«fn@a.js line 26 > eval line 3 > eval:1:2»", "sign+eval+alone | fn | a.js | 25:-"},
    {"«fn@a.js line 0 > eval:1:2»", "sign+eval+alone | fn | a.js | -:-"},
    {"fn@a.js line x > eval:1:2", ""},
    {"fn@a.js > eval:1:2", ""},
    {"fn@resource://a.js -> resource://b.js:1:2", ""},
    {"fn@a.js:1", ""},
    {"fn@:1:2", ""},
    {"fn@app:1:2", ""},
    {"(see «fn@a.js:1:2»)", "sign | fn | a.js | 0:1"},
    {"seen: '«fn@a.js:1:2»'", "sign | fn | a.js | 0:1"},
    {"see («fn@a.js:1:2»)", "sign | fn | a.js | 0:1"},
    {"see [«fn@a.js:1:2»]", "sign | fn | a.js | 0:1"},
    {"error=«fn@a.js:1:2»", "sign | fn | a.js | 0:1"},
    {"«</<@a.js:1:2»", "sign+alone | </< | a.js | 0:1"},
    {"[[«a[0][x]@a.js:1:2»]]", "sign | a[0][x] | a.js | 0:1"},
    {"«a[0]/b.c[d]<@a.js:1:2»", "sign+alone | a[0]/b.c[d]< | a.js | 0:1"},
    {"«[1]@a.js:1:2»", "sign+alone | [1] | a.js | 0:1"},
};

static void spidermonkey_and_javascriptcore(void **state)
{
    (void)state;
    assert_lines(sign_lines, COUNT_OF(sign_lines));
}

/* ---- Hermes ---- */

static const struct line_case hermes_lines[] = {
    {"    «at fn (address at index.android.bundle:1:0)»",
     "address+alone | fn | index.android.bundle | 0:0"},
    {"    «at anonymous (address at /data/main.jsbundle:3:48213)»",
     "address+alone | anonymous | /data/main.jsbundle | 2:48213"},
    {"    «at new Foo (address at a.bundle:1:7)»", "address+new+alone | Foo | a.bundle | 0:7"},
    {"E/ReactNativeJS( 123):     «at fn (address at a.bundle:1:7)»",
     "address | fn | a.bundle | 0:7"},
    {"    «at fn (a.bundle:1:7)»", "at+alone | fn | a.bundle | 0:6"},
    {"    «at fn (address at a.bundle:0:7)»", "address+alone | fn | a.bundle | -:7"},
};

static void hermes(void **state)
{
    (void)state;
    assert_lines(hermes_lines, COUNT_OF(hermes_lines));
}

/* ---- in other text ---- */

static const struct line_case prefixed_lines[] = {
    {"[12:34:56.789] ERROR     «at fn (a.js:3:4)»", "at | fn | a.js | 2:3"},
    {"2024-01-02T03:04:05.678Z app[web.1]:     «at fn (a.js:3:4)»", "at | fn | a.js | 2:3"},
    {"app-1  |     «at a.js:3:4»", "at | - | a.js | 2:3"},
    {"app-1  | «fn@a.js:3:4»", "sign | fn | a.js | 2:3"},
    {"look at it: «at fn (a.js:3:4)»", "at | fn | a.js | 2:3"},
    {"\x1b[90m    «at fn (node:fs:3:4)»\x1b[39m", "at | fn | node:fs | 2:3"},
    {"it happened «at fn (a.js:3:4)», twice", "at | fn | a.js | 2:3"},
    {"it happened «at a.js:3:4».", "at | - | a.js | 2:3"},
    {"> «at fn (a.js:3:4)»", "at | fn | a.js | 2:3"},
    {"«at f (a.js:1:1)» «at g (b.js:2:2)»", "at | f | a.js | 0:0; at | g | b.js | 1:1"},
    {"«at a.js:1:1» «at b.js:2:2» «at c.js:3:3»",
     "at | - | a.js | 0:0; at | - | b.js | 1:1; at | - | c.js | 2:2"},
    {"«f@a.js:1:1» «g@b.js:2:2»", "sign | f | a.js | 0:0; sign | g | b.js | 1:1"},
    {"«f@a.js:1:1»,«g@b.js:2:2»", "sign | f | a.js | 0:0; sign | g | b.js | 1:1"},
    {"«at f (a.js:1:1)»,«g@b.js:2:2»", "at | f | a.js | 0:0; sign | g | b.js | 1:1"},
    {"«at at f (a.js:1:1)»", "at+alone | at f | a.js | 0:0"},
    {"«at f@a.js:1:1»", "at+alone | - | f@a.js | 0:0"},
    {"msg=«at f (a.js:1:1)»", "at | f | a.js | 0:0"},
    {"Chat «at f (a.js:1:1)»", "at | f | a.js | 0:0"},
    {"«at f (a b/c.js:1:1)» x", "at | f | a b/c.js | 0:0"},
    {"look «at f (a b/c.js:1:1)»", "at | f | a b/c.js | 0:0"},
};

static const char *const prose[] = {
    "",
    " ",
    "at ",
    "at",
    "@",
    ":1:1",
    "at :1:1",
    "at 10:20:30 all was well",
    "we met at 10:20:30",
    "we met at noon (10:20:30)",
    "Look at this (see 10:20:30)",
    "10:20:30 look at it, ratio 1:2:3",
    "at 3:4",
    "at x:3:4",
    "mail bob@example.com at 10:20:30",
    "bob@example.com 10:20:30",
    "bob@example.com, 10:20:30",
    "> bob@example.com wrote > 10:20:30",
    "at home (a 1:2 chance)",
    "src/a.js:1:2: error: no such thing",
    "cat a.js:1:2",
    "what (a.js:1:2)",
    "at f (a.js:1:2x)",
    "at f (a.js:1:2/x)",
    "at a.js:1:2_",
    "at a.js:1:2\xc3\xa9",
    "at f (a.js:1:)",
    "at f (a.js::1)",
    "at f (a.js:1)",
    "at f (a.js:1:2",
    "at f [a.js]:1:",
    "at wasm-function[12]:0x1a2b",
    "at which point a.js:1:2 broke",
    "at http://x.com we saw it in a.js:1:2",
    "git@github.com:smcache/smcache.git",
};

static void in_other_text(void **state)
{
    (void)state;
    assert_lines(prefixed_lines, COUNT_OF(prefixed_lines));
    assert_none(prose, COUNT_OF(prose));
}

/* ---- numbers ---- */

static const struct line_case number_lines[] = {
    {"«at a.js:0:5»", "at+alone | - | a.js | -:4"},
    {"«at a.js:5:0»", "at+alone | - | a.js | 4:-"},
    {"«at f (a.js:0:0)»", "at+alone | f | a.js | -:-"},
    {"«f@a.js:5:0»", "sign+alone | f | a.js | 4:-"},
    {"«at a.js:0007:0008»", "at+alone | - | a.js | 6:7"},
    {"«at a.js:4294967295:4294967294»", "at+alone | - | a.js | 4294967294:4294967293"},
    {"«at a.js:4294967296:4294967297»", "at+alone | - | a.js | 4294967294:4294967294"},
    {"«at a.js:99999999999999999999:18446744073709551617»",
     "at+alone | - | a.js | 4294967294:4294967294"},
    {"«at f (address at a:4294967295:4294967295)»",
     "address+alone | f | a | 4294967294:4294967294"},
    {"«at f (address at a:4294967296:4294967294)»",
     "address+alone | f | a | 4294967294:4294967294"},
    {"«at a.js:1:2:3:4:5»", "at+alone | - | a.js:1:2:3 | 3:4"},
    {"«at a.js:1:2»:", "at | - | a.js | 0:1"},
    {"«at a.js:1:2»: x", "at | - | a.js | 0:1"},
};

static void numbers(void **state)
{
    (void)state;
    assert_lines(number_lines, COUNT_OF(number_lines));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(v8),      cmocka_unit_test(native_code),
        cmocka_unit_test(evals),   cmocka_unit_test(spidermonkey_and_javascriptcore),
        cmocka_unit_test(hermes),  cmocka_unit_test(in_other_text),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/hostile.h"

#include <stdlib.h>
#include <string.h>

#define JS SMC_JS_PLAIN
#define TS SMC_JS_TYPED
#define TSX SMC_JS_TYPED_JSX
#define LOST HOSTILE_LOST
#define ANY HOSTILE_ANY

#define X10(text) text text text text text text text text text text

const struct hostile hostile_texts[] = {
    /* objects and classes in each other */
    {JS, "x={", "abcdef:{m(){},", "", "}", "}", 1},
    {JS, "x={", "abcdef:{get a(){return{", "", "}}}", "}", 1},
    {JS, "x={", "[", "a", "]:1,", "}", LOST},
    {JS, "", "class A{m(){", "", "}}", "", 2},
    {JS, "x=", "class extends ", "A", "{m(){}}", "", 2},
    {JS, "x=", "class extends(", "A", "){m(){}}", "", 2},
    {JS, "x=", "class{a=", "1", ";m(){}}", "", 2},
    {JS, "x=", "class{[", "a", "](){}}", "", 2},
    {JS, "x=", "class{static{x=", "1", "}}", "", 1},
    {JS, "x=", "class A extends class{m(){}}{n(){return ", "1", "}}", "", 4},
    {JS, "x=[", "class A{m(){}},", "", "", "]", 2},
    {JS, "class A{", "a=()=>1;", "", "", "}", 1},
    {JS, "class A{", "@a ", "b", "", "}", 0},
    {JS, "class A{", "@a() ", "b", "", "}", 0},
    {JS, "class A{", "@(a=>1) ", "b", "", "}", 1},
    {JS, "class A{", "static ", "", "", "}", LOST},
    {JS, "class A{", "a\n", "", "", "}", 0},
    {TS, "class A{", "public ", "a", "", "}", 0},
    {TS, "class A{", "a():b\n", "", "", "}", 0},
    {TS, "class A{", "[a]:b;", "", "", "}", 0},
    /* functions in each other, and in their parameters */
    {JS, "", "function f(){", "", "}", "", 1},
    {JS, "", "function f(a=", "1", "){}", "", 1},
    {JS, "x=", "function(a=", "1", "){}", "", 1},
    {JS, "", "(a=", "1", ")=>1", "", 1},
    {JS, "", "({a=", "1", "})=>1", "", 1},
    {JS, "", "({a:b=", "1", "})=>1", "", 1},
    {JS, "", "([a=", "1", "])=>1", "", 1},
    {JS, "", "async(a=", "1", ")=>1", "", 1},
    {JS, "", "(a=(b=(c", "", "", "", LOST},
    {JS, "", "a=>", "1", "", "", 1},
    {JS, "", "a=>b=", "1", "", "", 1},
    {JS, "", "a=>{", "", "}", "", 1},
    {JS, "", "a=>({b:", "1", "})", "", 1},
    {JS, "", "(()=>", "1", ")()", "", 1},
    {JS, "x=", "f(()=>", "1", ")", "", 1},
    {JS, "x=[", "()=>1,", "", "", "]", 1},
    {JS, "f(", "a=>b?c:d,", "1", "", ")", 1},
    {JS, "", "()=>{}\n", "", "", "", 1},
    {JS, "", "()=>1;\r", "", "", "", 1},
    {JS, "", "()=>1;\xe2\x80\xa8", "", "", "", 1},
    {JS, "", "async ", "a", "", "", LOST},
    {JS, "function*f(){", "yield ", "1", "", "}", 0},
    {JS, "async function f(){", "await ", "1", "", "}", 0},
    {TS, "", "(a):b=>", "1", "", "", 1},
    {TS, "", "(a?:b,c=(d:e)=>1):f=>", "1", "", "", 2},
    {TS, "", "<T>(a=", "1", ")=>1", "", 1},
    {TS, "", "async<T>(a=", "1", ")=>1", "", 1},
    {TS, "", "async<", "", "", "", LOST},
    {TS, "", "a?(b):c=>", "1", "", "", 1},
    {TS, "", "a?(b):c=>", "1", ":d", "", 1},
    {TS, "", "a?(b):c=>(d),", "1", "", "", ANY},
    {TS, "", "a?(b,c)", "", ":d=>1", "", ANY},
    {TS, "", "(a)=>(b):c=>", "1", "", "", ANY},
    /* brackets, conditions, chains */
    {JS, "", "(", "a", ")", "", ANY},
    {JS, "", "(a,", "b", ")", "", 0},
    {JS, "x=", "[1,", "a", "]", "", 0},
    {JS, "", "a[b,", "a", "]", "", 0},
    {JS, "", "a(b,", "a", ")", "", 0},
    {JS, "", "{a;", "", "}", "", 0},
    {JS, "", "([{", "", "", "", LOST},
    {JS, "", "([{", ")", "", "", LOST},
    {JS, "", ")", "", "", "", LOST},
    {JS, "x=", "aaa?", "b", ":c", "", 0},
    {JS, "x=", "aaa?b:", "c", "", "", 0},
    {JS, "", "a=", "1", "", "", 0},
    {JS, "", "a.b=", "()=>1", "", "", 0},
    {JS, "", "a.", "b", "", "", 0},
    {JS, "a", "?.b", "", "", "", 0},
    {JS, "a", "[b].c", "=()=>1", "", "", 0},
    {JS, "", "a,", "b", "", "", 0},
    {JS, "", "a;", "", "", "", 0},
    {JS, "", "a\n", "", "", "", 0},
    {JS, "", "a:", "b", "", "", 0},
    {JS, "x=", "a<b>", "c", "", "", 0},
    {JS, "x=", "!-+~", "a", "", "", 0},
    {JS, "x=", "new ", "a", "", "", 0},
    {JS, "x=", "typeof ", "a", "", "", 0},
    {JS, "x=", "a/b/", "c", "", "", 0},
    {JS, "[", "...", "a", "", "]", 0},
    /* statements */
    {JS, "", "if(a)b;else ", "c", "", "", 0},
    {JS, "", "if(a)", "c", "", "", 0},
    {JS, "", "do ", "c", " while(a)", "", LOST},
    {JS, "", "do ", "c;", "while(a);", "", 0},
    {JS, "", "for(;;)", "c", "", "", 0},
    {JS, "", "switch(a){case b:", "", "}", "", 0},
    {JS, "switch(a){", "case b:", "", "", "}", 0},
    {JS, "", "let a=()=>1\n", "", "", "", 1},
    {JS, "", "let ", "a", "", "", LOST},
    {JS, "var a", ",b=()=>1", "", "", "", 1},
    {JS, "import{", "a as b,", "", "", "}from'c'", 0},
    {JS, "", "import'a';", "", "", "", 0},
    {JS, "", "export{a};", "", "", "", 0},
    {JS, "", "@a() ", "class A{}", "", "", 0},
    {JS, "", "@(a=>", "", ")", "", LOST},
    {JS, "", "<!--\n", "", "", "", 0},
    {JS, "x=[", "/**/", "", "", "]", 0},
    {JS, "x=[", "//\n", "", "", "]", 0},
    {JS, "", "a/**/\n", "", "", "", 0},
    /* names */
    {JS, "x={", "key:\"abc\",value:()=>1,", "", "", "}", 1},
    {JS, "x={", "key:\"", "", "", "}", LOST},
    {JS, "x={", "[a]:", "()=>1", "", "}", LOST},
    {JS, "a.b.c.d.e.f.g=[", "()=>1,", "", "", "]", 1},
    {JS, "x={" X10("a:{") X10("a:{") X10("a:{"), "m(){},", "", "", X10("}") X10("}") X10("}") "}",
     1},
    {JS, "x=", "[()=>1,", "", "]", "", 1},
    /* one long token */
    {JS, "", "a", "=()=>1", "", "", 0},
    {JS, "x={\"", "a", "\":[()=>1,()=>1]}", "", "", 0},
    {JS, "", "\\u0061", "=()=>1", "", "", 0},
    {JS, "", "\xf0\x9f\x9b\x92", "=()=>1", "", "", 0},
    {JS, "", "\xff", "=()=>1", "", "", 0},
    {JS, "x='", "a", "'", "", "", 0},
    {JS, "x='", "\\\n", "'", "", "", 0},
    {JS, "x='", "a", "", "", "", LOST},
    {JS, "x=/", "[a]", "/", "", "", 0},
    {JS, "x=/", "a", "", "", "", LOST},
    {JS, "x=`", "a$", "`", "", "", 0},
    {JS, "x=`", "${a}", "`", "", "", 0},
    {JS, "x=`", "a", "", "", "", LOST},
    {JS, "x=", "`${", "a", "}`", "", 0},
    {JS, "x=", "`${a=>", "1", "}`", "", 1},
    {JS, "x=", "`${", "", "", "", LOST},
    {JS, "x=", "1", "", "", "", 0},
    {JS, "/*", "*", "*/", "", "", 0},
    {JS, "/*", "/*", "", "", "", LOST},
    {JS, "", " ", "", "", "", 0},
    {JS, "", "\n", "", "", "", 0},
    {JS, "", "\xc2\xa0", "", "", "", 0},
    /* never closed */
    {JS, "", "function f(){", "", "", "", LOST},
    {JS, "", "class A{m(){", "", "", "", LOST},
    {JS, "", "a=>{", "", "", "", LOST},
    {JS, "", "f(a,", "", "", "", LOST},
    {JS, "", "x={a:", "", "", "", LOST},
    {JS, "", "{", "", "", "", LOST},
    {JS, "", "a?b?", "", "", "", LOST},
    {JS, "x=", "<a>", "", "", "", LOST},
    {JS, "x=", "<a b={", "", "", "", LOST},
    {JS, "x=", "<a ", "", "", "", LOST},
    /* JSX */
    {JS, "x=", "<a b={()=>1}>", "c", "</a>", "", 1},
    {JS, "x=", "<a b={", "1", "}/>", "", 0},
    {JS, "x=", "<a b=", "'c'", "/>", "", 0},
    {JS, "x=<a ", "b={()=>1} ", "", "", "/>", 1},
    {JS, "x=<a", ".b", "", "", "/>", 0},
    {JS, "x=<a>", "{()=>1}", "", "", "</a>", 1},
    {JS, "x=<a>", "b\n", "", "", "</a>", 0},
    {JS, "x=<a>", "<b/>", "", "", "</a>", 0},
    {TSX, "x=", "<T,>(a=", "1", ")=>1", "", 1},
    {TSX, "x=", "<A<B> c={()=>1}>", "", "</A>", "", 1},
    /* types */
    {TS, "x=", "a<", "b", "", "", ANY},
    {TS, "x=", "a<", "b", ">", "", ANY},
    {TS, "x=", "a<b,", "c", "", "", ANY},
    {TS, "f(", "a<b,c>(d),", "", "", ")", 0},
    {TS, "", "a<b>;", "", "", "", 0},
    {TS, "", "a<b,c>d;", "", "", "", 0},
    {TS, "x=", "<", "", "", "", LOST},
    {TS, "x=", "<A>", "y", "", "", 0},
    {TS, "x=y", " as A", "", "", "", 0},
    {TS, "x=y", "!", "", "", "", 0},
    {TS, "type A=", "B<", "C", ">", "", 0},
    {TS, "type A=", "{a:", "B", "}", "", 0},
    {TS, "type A=", "[", "B", "]", "", 0},
    {TS, "type A=", "(a:B)=>", "C", "", "", 0},
    {TS, "type A=", "(a:", "B", ")=>C", "", 0},
    {TS, "type A=", "B extends C?", "D", ":E", "", 0},
    {TS, "type A=", "`${", "B", "}`", "", 0},
    {TS, "type A=", "B|", "C", "", "", 0},
    {TS, "type A=", "keyof ", "C", "", "", 0},
    {TS, "type A=", "B<", "", "", "", LOST},
    {TS, "", "type A=B\n", "", "", "", 0},
    {TS, "interface A{", "a():b\n", "", "", "}", 0},
    {TS, "", "namespace A{", "", "}", "", 0},
    {TS, "enum A{", "a,", "", "", "}", 0},
    {TS, "", "declare ", "", "", "", ANY},
    {TS, "", "abstract ", "", "", "", ANY},
    {TS, "", "function f(a:b):c;", "", "", "", 0},
    {TS, "", "let a:b<c>=d<e>(()=>1)\n", "", "", "", 1},
};

const unsigned n_hostile_texts = sizeof hostile_texts / sizeof hostile_texts[0];

static uint8_t *put(uint8_t *at, const char *text, size_t n_times)
{
    const size_t nbytes = strlen(text);

    for (; n_times > 0; n_times--) {
        memcpy(at, text, nbytes);
        at += nbytes;
    }
    return at;
}

uint8_t *hostile_text(const struct hostile *hostile, size_t nbytes, size_t *text_nbytes,
                      size_t *n_times)
{
    const size_t around =
        strlen(hostile->before) + strlen(hostile->middle) + strlen(hostile->after);
    const size_t each = strlen(hostile->open) + strlen(hostile->close);

    *n_times = nbytes / each;
    *text_nbytes = around + *n_times * each;
    uint8_t *text = calloc(*text_nbytes + SMC_JS_PADDING, 1);
    if (text != NULL) {
        uint8_t *at = put(text, hostile->before, 1);
        at = put(at, hostile->open, *n_times);
        at = put(at, hostile->middle, 1);
        at = put(at, hostile->close, *n_times);
        put(at, hostile->after, 1);
    }
    return text;
}

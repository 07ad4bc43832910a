// As names.js; a module has but one default.
export default class A { m() {} } //= new A, A.m

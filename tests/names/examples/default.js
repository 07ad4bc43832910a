// As names.js; a module has but one default.
export default f(() => 1, { m() {} }); //= default, default.m peers: -, <object>.m

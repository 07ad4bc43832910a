'use strict';

module.exports = function (code) {
  const done = this.async();
  import('./swc.mjs')
    .then(({ compile }) => compile(code, this.resourcePath))
    .then(({ code: compiled, map }) => done(null, compiled, map), done);
};

'use strict'; // for metro

module.exports = {
  plugins: [['@babel/plugin-transform-react-jsx', { runtime: 'automatic', importSource: 'preact' }]],
  overrides: [
    { test: /\.ts$/, plugins: ['@babel/plugin-transform-typescript'] },
    { test: /\.tsx$/, plugins: [['@babel/plugin-transform-typescript', { isTSX: true }]] },
  ],
};

'use strict';
// Texts that may be no programs: what the peers say of them, none of them lenient.

const { difference, named } = require('./oracle.js');
const { withAcorn, withBabel, withStrictBabel, withTypeScript } = require('./parsers.js');

// What acorn does not know.
const BEYOND_ACORN = /@|\b(?:accessor|using|source|defer)\b/;
// Comments as in HTML are comments in scripts alone; and who tells a script from a module has no sure way to.
const LIKE_HTML = /<!--|-->/;

function attempt(parse, text, language) {
  try {
    return named(parse(text, language));
  } catch {
    return null;
  }
}

// { verdict, functions }. A `program` is what all peers take, and they find the same; `disputed` is what some take;
// `refused` what none does.
function judge(text, language) {
  const first = attempt(language === 'js' ? withAcorn : withTypeScript, text, language);
  const second = attempt(withStrictBabel, text, language);
  const functions = first ?? second;
  if (functions === null) return { verdict: 'refused', functions: null };
  const isKnown = language === 'js' && first === null && BEYOND_ACORN.test(text);
  const agree = isKnown || (first !== null && second !== null && difference(first, second, text) === null);
  return { verdict: agree && !(language === 'js' && LIKE_HTML.test(text)) ? 'program' : 'disputed', functions };
}

// Functions of a text in which nothing but the meaning is wrong; or null.
const recovered = (text, language) => attempt(withBabel, text, language);

module.exports = { judge, recovered };

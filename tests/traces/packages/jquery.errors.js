export const scenarios = ($) => ({
  selector: () => $('[[').length,
  each: () => $('<b><i></i></b>').find('i').each(() => { throw new Error('in each'); }),
  event: () => $('<b>').on('click', () => { throw new Error('clicked'); }).trigger('click'),
  animate: () => $('<b>').appendTo('body').animate({ width: 5 }, { duration: 0, start() { throw new Error('started'); } }),
  deferred: () => $.Deferred().resolve(1).then(() => { throw new Error('then'); }),
  invalid: () => $.error('said'),
  xml: () => $.parseXML('<a'),
  css: () => $('<b>').css(null, 5).offset({ top: 1, using() { throw new Error('using'); } }),
  map: () => $.map({ a: 1 }, (value) => value.b.c),
});

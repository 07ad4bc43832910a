const element = (html) => {
  document.body.insertAdjacentHTML('beforeend', html);
  return document.body.lastElementChild;
};

export const scenarios = (bootstrap) => ({
  config: () => new bootstrap.Modal(element('<div></div>'), { backdrop: 5 }),
  dialog: () => new bootstrap.Modal(element('<div></div>')).show(),
  tooltip: () => new bootstrap.Tooltip(element('<b></b>'), { title: 'x', delay: 'soon' }),
  hidden: () => new bootstrap.Tooltip(element('<b style="display: none"></b>'), { title: 'x' }).show(),
  dropdown: () => new bootstrap.Dropdown(element('<b></b>'), { reference: {} }),
  carousel: () => new bootstrap.Carousel(element('<b></b>'), { interval: {} }),
  spy: () => new bootstrap.ScrollSpy(element('<b></b>'), { target: '[' }),
});

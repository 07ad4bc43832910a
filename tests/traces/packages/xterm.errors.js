export const scenarios = ({ Terminal }) => ({
  columns: () => new Terminal({ cols: -1, rows: 'x' }).resize(NaN, 1),
  option: () => Object.assign(new Terminal().options, { cols: 7, tabStopWidth: -7 }),
  marker: () => new Terminal().registerMarker('x').line.none.of,
  proposed: () => new Terminal().unicode.activeVersion,
  parent: () => new Terminal().open(null),
  addon: () => new Terminal().loadAddon({ activate() { throw new Error('no addon'); } }),
});

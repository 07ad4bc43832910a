export const scenarios = (maplibre) => ({
  container: () => new maplibre.Map({ container: 'nowhere' }),
  lngLat: () => new maplibre.LngLat(NaN, 1),
  latitude: () => maplibre.LngLat.convert([0, 95]),
  bounds: () => maplibre.LngLatBounds.convert([[1, 2], 'x']).getCenter(),
  marker: () => new maplibre.Marker().setLngLat({}),
  zoom: () => new maplibre.Map({ container: document.createElement('div'), minZoom: 9, maxZoom: 3 }),
  events: () => new maplibre.Evented().on('x', () => { throw new Error('heard'); }).fire(new Event('x')),
});

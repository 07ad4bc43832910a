const place = () => document.body.appendChild(document.createElement('div'));

export const scenarios = (L) => ({
  container: () => L.map('nowhere'),
  latLng: () => L.latLng('north', 2),
  again: () => {
    const element = place();
    return [L.map(element), L.map(element)];
  },
  bounds: () => L.map(place()).fitBounds([[1, 2], [3, NaN]]),
  noView: () => L.map(place()).getCenter(),
  geoJson: () => L.geoJSON({ type: 'Feature', geometry: { type: 'Sphere' } }),
  marker: () => L.marker().addTo(L.map(place()).setView([1, 2], 3)),
  handler: () => L.map(place()).setView([1, 2], 3).on('zoom', () => { throw new Error('zoomed'); }).fire('zoom'),
});

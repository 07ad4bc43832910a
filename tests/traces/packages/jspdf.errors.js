export const scenarios = ({ jsPDF }) => ({
  unit: () => new jsPDF({ unit: 'furlong' }),
  text: () => new jsPDF().text({}, 'x', NaN),
  page: () => new jsPDF().setPage('x').line(1, 2, 3),
  image: () => new jsPDF().addImage('data:image/none;base64,AA', 'NONE', 1, 1, 1, 1),
  color: () => new jsPDF().setTextColor({ bad: 1 }, 'x', 5).setFillColor(),
  font: () => new jsPDF().addFileToVFS('a.ttf', 'AAAA').addFont('a.ttf', 'a', 'normal').setFont('a').text('x', 1, 1),
});

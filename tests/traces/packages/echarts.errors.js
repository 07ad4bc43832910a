export const scenarios = (echarts) => {
  const chart = () => echarts.init(null, null, { renderer: 'svg', ssr: true, width: 100, height: 100 });
  return {
    dom: () => echarts.init(undefined),
    series: () => chart().setOption({ xAxis: {}, yAxis: {}, series: [{ type: 'line', data: [{ value: 1, get itemStyle() { throw new Error('style'); } }] }] }),
    formatter: () => {
      const one = chart();
      one.setOption({ xAxis: { axisLabel: { formatter() { throw new Error('formatted'); } } }, yAxis: {}, series: [{ type: 'bar', data: [1] }] });
      return one.renderToSVGString();
    },
    axis: () => chart().setOption({ xAxis: {}, yAxis: {}, series: [{ type: 'bar', xAxisIndex: 3, data: [1] }] }),
    dataset: () => chart().setOption({ dataset: { source: 5 }, series: { type: 'pie' } }),
    transform: () => chart().setOption({ dataset: [{ source: [[1]] }, { transform: { type: 'none:none' } }], series: { type: 'pie', datasetIndex: 1 } }),
    disposed: () => echarts.registerTransform({ type: 'none' }),
    color: () => echarts.graphic.extendPath(5, null),
  };
};

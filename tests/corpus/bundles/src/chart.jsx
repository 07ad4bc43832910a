import { Component } from "preact";
import { clamp, maxBy } from "lodash-es";

export class Chart extends Component {
  static #count = 0;

  scale(value) {
    const { points, width } = this.props;
    const top = maxBy(points, "x")?.x || 1;
    return clamp((value / top) * width, 0, width);
  }

  componentDidCatch(error) {
    throw new Error(`chart ${++Chart.#count}: ${error.message}`, { cause: error });
  }

  render({ points, width }) {
    return (
      <svg width={width} {...this.props.rest}>
        {points.map(({ x, y }) => <circle cx={this.scale(x)} cy={y} r="2" />)}
        {points.length === 0 && <text>∅ — nothing to see</text>}
      </svg>
    );
  }
}

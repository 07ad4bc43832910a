import { debounce, groupBy, sortBy } from "lodash-es";
import { render, type ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Point, describe, load } from "./model";

interface FrameProps {
  title: string;
  children?: ComponentChildren;
}

const Frame = ({ title, children }: FrameProps) => (
  <section class="card">
    <h2 title="« 📈 »">{title}</h2>
    {children}
  </section>
);

function Rows<T extends Point>({ points }: { points: readonly T[] }) {
  const groups = useMemo(() => groupBy(points, (p: T) => p.label ?? "–"), [points]);
  return (
    <>
      {Object.entries(groups).map(([label, list]) => (
        <li key={label} onClick={() => console.log(describe(list[0]!))}>
          {label} × {list.length}
        </li>
      ))}
    </>
  );
}

export function App({ url }: { url: string }) {
  const [points, setPoints] = useState<Point[]>([]);
  useEffect(() => {
    load(url).then((found) => setPoints(sortBy(found, ["y", "x"]))).catch(console.error);
  }, [url]);
  const draw = debounce(async () => {
    const { Chart } = await import("./chart"); // a chunk of its own
    render(<Chart points={points} width={320} />, document.getElementById("chart")!);
  }, 250);
  return (
    <Frame title={`${points.length} points`}>
      <ul><Rows points={points} /></ul>
      <button onClick={draw}>Draw 🖌️</button>
    </Frame>
  );
}

render(<App url="points.json" />, document.getElementById("app")!);

export enum Shade { Light = 1, Dark }

export abstract class Shape {
  constructor(public readonly label?: string, protected shade = Shade.Light) {}
  abstract area(): number;
}

export class Point extends Shape {
  constructor(readonly x: number, readonly y: number, label?: string) {
    super(label);
  }
  area = () => 0;
  get isDark(): boolean { return this.shade === Shade.Dark; }
}

export const describe = <P extends Point>(p: P): string => `${p.label ?? "·"} (${p.x}; ${p.y})`;

export async function load(url: string): Promise<Point[]> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  const rows = (await answer.json()) as [number, number, string?][];
  return rows.map(([x, y, label]) => new Point(x, y, label));
}

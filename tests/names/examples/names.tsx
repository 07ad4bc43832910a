// As names.js, for JSX.
const a = <B onClick={() => 1} data-x={f(() => 1)} {...f(() => 1)}>{() => 1}</B>; //= a.onClick, a.data-x, a, a peers: a, a, a, a
f(<B onClick={() => 1} x:y={() => 1} z=<C d={() => 1} />>{x.map((y) => <i key={y} />)}</B>); //= onClick, x:y, z.d, - peers: -, -, -, -
const c = <T,>(x: T) => <></>, d = <T extends {}>(x: T) => <B<T> p={<i />} q={(): void => {}} />; //= c, d, q peers: c, d, -
function F() { return <B style={{ m() {} }} />; } //= F, <object>.style.m peers: F, <object>.m

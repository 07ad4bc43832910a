export const scenarios = (rxjs) => ({
  notAStream: () => rxjs.from(123),
  projection: () => rxjs.lastValueFrom(rxjs.of(1, 2).pipe(rxjs.filter((n) => n > 1), rxjs.map(() => { throw new Error('in map'); }))),
  inner: () => rxjs.firstValueFrom(rxjs.of(1).pipe(rxjs.mergeMap(() => 5))),
  empty: () => rxjs.firstValueFrom(rxjs.EMPTY),
  closed: () => {
    const subject = new rxjs.Subject();
    subject.unsubscribe();
    subject.next(1);
  },
  timer: () => rxjs.lastValueFrom(rxjs.timer(1).pipe(rxjs.switchMap(() => rxjs.throwError(() => new Error('later'))))),
  schedule: () => rxjs.lastValueFrom(rxjs.scheduled([1], rxjs.asapScheduler).pipe(rxjs.scan((sum, n) => sum.none.of(n), {}))),
  zipped: () => rxjs.lastValueFrom(rxjs.zip(rxjs.range(1, 3), rxjs.interval(1)).pipe(rxjs.tap(([a]) => a.missing()))),
});

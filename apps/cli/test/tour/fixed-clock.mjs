// Preloaded into the program for the tour: every screen is to be the same whenever, and on whatever machine, it is made.
const now = Date.parse(process.env.TOUR_NOW);

globalThis.Date = class extends Date {
  constructor(...values) {
    if (values.length === 0) super(now);
    else super(...values);
  }

  static now() {
    return now;
  }
};
performance.now = () => 0;
process.hrtime.bigint = () => 0n;

// What goes wrong here, by name; the harness calls each and keeps what is thrown.
import * as calls from "./calls.js";
import * as classes from "./classes.js";
import * as errors from "./errors.js";
import * as later from "./later.js";

globalThis.scenarios = { ...calls, ...classes, ...errors, ...later };

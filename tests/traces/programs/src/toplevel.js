// Fails while it is loaded: the harness keeps what the import throws.
import { start } from "./config.js";

start("🧭");

// A page's first reading is older than its live connection: what happened between the two is read again.

import { live } from "../shell.js";

const SETTLED_MS = 3000; // a long-poll begins with a question of its own; what fell between is read after it

/** Runs `read` whenever the connection is there anew, by either way. */
export function onConnected(read) {
  live.addEventListener("state", ({ detail }) => {
    if (detail === "reconnecting") return;
    read();
    if (detail === "polling") setTimeout(read, SETTLED_MS);
  });
}

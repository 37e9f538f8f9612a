// Times that run out: every element with `data-until` (a UTC time) shows how long is left; `onOver` hears when one is over.

import { formatLeft } from "../i18n.js";
import { secondsUntil } from "../clock.js";

const BEAT_MS = 500;
const RUNNING = "[data-until]:not([data-until=''])";

function show(place, onOver) {
  const left = secondsUntil(place.dataset.until);
  const text = formatLeft(left);
  if (place.textContent !== text) place.textContent = text;
  if (onOver === null || left > 0 || place.dataset.over === place.dataset.until) return;
  place.dataset.over = place.dataset.until;
  onOver(place);
}

/** Fills in the times of what is about to be shown, so that nothing moves when they begin to run. */
export function showTimes(root) {
  for (const place of root.querySelectorAll(RUNNING)) show(place, null);
}

/** Keeps the countdowns inside `root` going, also those that come later; call the result to stop. */
export function keepTicking(root, onOver = () => {}) {
  const beat = () => {
    for (const place of root.querySelectorAll(RUNNING)) show(place, onOver);
  };
  const timer = setInterval(beat, BEAT_MS);
  beat();
  return () => clearInterval(timer);
}

// Times that run out: every element with `data-until` (a UTC time) shows how long is left; `onOver` hears when one is over.

import { formatLeft } from "../i18n.js";
import { secondsUntil } from "../clock.js";

const BEAT_MS = 500;

function show(place, onOver) {
  const left = secondsUntil(place.dataset.until);
  const text = formatLeft(left);
  if (place.textContent !== text) place.textContent = text;
  if (left > 0 || place.dataset.over === place.dataset.until) return;
  place.dataset.over = place.dataset.until;
  onOver(place);
}

/** Keeps the countdowns inside `root` going, also those that come later; call the result to stop. */
export function keepTicking(root, onOver = () => {}) {
  const beat = () => {
    for (const place of root.querySelectorAll("[data-until]")) show(place, onOver);
  };
  const timer = setInterval(beat, BEAT_MS);
  beat();
  return () => clearInterval(timer);
}

// What a visitor had loaded and how far they had scrolled, for when they come back with the back button.

const PREFIX = "search?";
const KEPT = 5;
const FRESH_MS = 10 * 60_000;
const MAX_HOUSES = 300;

/** The newest first. */
function keys() {
  const all = Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  const at = (key) => JSON.parse(sessionStorage.getItem(key)).at;
  return all.sort((a, b) => at(b) - at(a));
}

/** Keeps a result under its query. Storage that is full or blocked keeps nothing. */
export function remember(query, result) {
  if (result.houses.length > MAX_HOUSES) return;
  try {
    sessionStorage.setItem(PREFIX + query, JSON.stringify({ ...result, at: Date.now() }));
    for (const key of keys().slice(KEPT)) sessionStorage.removeItem(key);
  } catch {
    // The visitor starts at the top again.
  }
}

/** What was kept for the query a short while ago, or null. */
export function recall(query) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PREFIX + query) ?? "null");
    return kept && Date.now() - kept.at < FRESH_MS ? kept : null;
  } catch {
    return null;
  }
}

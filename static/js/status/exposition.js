// Prometheus' text format, and what two readings of it say about the time between them.

/** Samples by name: [{labels, value}]. Lines that cannot be read are left out. */
export function readExposition(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    const [, name, labels, value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)/.exec(line) ?? [];
    if (name === undefined) continue;
    if (!samples.has(name)) samples.set(name, []);
    samples.get(name).push({ labels: readLabels(labels ?? ""), value: Number(value) });
  }
  return samples;
}

function readLabels(text) {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value]));
}

/** The sum of a name's samples, of those that `fits` takes. */
export function sum(samples, name, fits = () => true) {
  const found = (samples.get(name) ?? []).filter(({ labels }) => fits(labels));
  return found.reduce((total, { value }) => total + value, 0);
}

/** The largest of a name's samples. */
export function most(samples, name) {
  return Math.max(0, ...(samples.get(name) ?? []).map(({ value }) => value));
}

/** How often a counter rose between two readings; one that began anew counts from nothing. */
export function rise(before, after, name, fits) {
  const [old, now] = [sum(before, name, fits), sum(after, name, fits)];
  return now >= old ? now - old : now;
}

/** A share of what a histogram counted between two readings lies at or below this; null when nothing was counted. */
export function quantile(before, after, name, share, fits = () => true) {
  const edges = [...new Set((after.get(`${name}_bucket`) ?? []).map(({ labels }) => labels.le))];
  const buckets = edges
    .map((le) => ({ edge: Number(le.replace("+Inf", "Infinity")), le }))
    .sort((one, other) => one.edge - other.edge)
    .map(({ edge, le }) => {
      const within = (labels) => labels.le === le && fits(labels);
      return { edge, count: rise(before, after, `${name}_bucket`, within) };
    });
  const total = buckets.at(-1)?.count ?? 0;
  if (!total) return null;
  const index = buckets.findIndex(({ count }) => count >= total * share);
  const { edge, count } = buckets[index];
  const [lower, below] = index ? [buckets[index - 1].edge, buckets[index - 1].count] : [0, 0];
  if (edge === Infinity) return lower;
  return lower + ((edge - lower) * (total * share - below)) / (count - below || 1);
}

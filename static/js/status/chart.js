// A line over the last minutes, as SVG: no axis but its largest value, told in words beside it.

const WIDTH = 300;
const HEIGHT = 64;

/** The points of one line; gaps where nothing was measured. */
function path(values, top) {
  const step = WIDTH / Math.max(1, values.length - 1);
  let isDrawing = false;
  return values
    .map((value, index) => {
      if (value === null) {
        isDrawing = false;
        return "";
      }
      const command = isDrawing ? "L" : "M";
      isDrawing = true;
      return `${command}${(index * step).toFixed(1)} ${(HEIGHT - (value / top) * (HEIGHT - 4) - 2).toFixed(1)}`;
    })
    .join("");
}

/** Draw several lines of equal length into an <svg>; their largest value is the top. */
export function draw(svg, lines) {
  const top = Math.max(1e-9, ...lines.flat().filter((value) => value !== null));
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.replaceChildren(
    ...lines.map((values, index) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      line.setAttribute("d", path(values, top));
      line.setAttribute("class", `status-line status-line--${index + 1}`);
      return line;
    }),
  );
}

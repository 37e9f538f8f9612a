// A number with a button on either side. The field between them stays an ordinary number field.

/** Binds a `.stepper`; `changed(number)` hears what the visitor makes of it. */
export function bindStepper(place, changed = () => {}) {
  const input = place.querySelector("input");
  const [less, more] = place.querySelectorAll("button");
  const bounds = () => [Number(input.min || 0), Number(input.max || 99)];
  const held = (number) => {
    const [min, max] = bounds();
    return Math.min(max, Math.max(min, Number.isFinite(number) ? Math.trunc(number) : min));
  };
  const show = (number) => {
    const [min, max] = bounds();
    input.value = number > 0 || min > 0 ? String(number) : "";
    less.setAttribute("aria-disabled", String(number <= min));
    more.setAttribute("aria-disabled", String(number >= max));
  };
  const set = (number) => {
    const before = input.value;
    show(held(number));
    if (input.value !== before) changed(held(Number(input.value)));
  };
  less.addEventListener("click", () => set(Number(input.value) - 1));
  more.addEventListener("click", () => set(Number(input.value) + 1));
  input.addEventListener("change", () => {
    show(held(Number(input.value)));
    changed(held(Number(input.value)));
  });
  show(held(Number(input.value)));
  return { show: (number) => show(held(Number(number))) };
}

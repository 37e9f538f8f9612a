// A button that is at work: it says so, and cannot be pressed twice.

export const isBusy = (button) => button.getAttribute("aria-busy") === "true";

/** Runs `work` unless the button is already at work. */
export async function whileBusy(button, work) {
  if (isBusy(button)) return undefined;
  button.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  try {
    return await work();
  } finally {
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
}

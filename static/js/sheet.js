// A panel that belongs to a button: a sheet from below on phones, a box under the button elsewhere. The native modal
// dialog brings Escape, the focus trap and the way back to the button.

const PHONE = window.matchMedia("(max-width: 639.98px)");
const GAP = 8;
const MARGIN = 16;

export class Sheet {
  constructor(button, dialog, { opened = () => {}, closed = () => {} } = {}) {
    this.button = button;
    this.dialog = dialog;
    this.opened = opened;
    button.setAttribute("aria-haspopup", "dialog");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => this.open(button));
    dialog.addEventListener("click", (event) => this.#onClick(event));
    dialog.addEventListener("close", () => {
      this.button.setAttribute("aria-expanded", "false");
      this.button.focus({ preventScroll: true });
      closed();
    });
    window.addEventListener("resize", () => dialog.open && this.#place());
  }

  /** `from`: another button that the panel belongs to this time. */
  open(from = this.button) {
    if (this.dialog.open) return;
    this.button = from;
    this.button.setAttribute("aria-expanded", "true");
    const page = document.documentElement; // keeps its width while it cannot scroll
    page.toggleAttribute("data-has-scrollbar", window.innerWidth > page.clientWidth);
    this.dialog.showModal();
    this.opened();
    this.#place();
  }

  close() {
    this.dialog.close();
  }

  #onClick({ target }) {
    if (target === this.dialog || target.closest("[data-close]")) this.close();
  }

  /** Under the button, or above it where there is more room; phones place it by style alone. */
  #place() {
    const { style } = this.dialog;
    for (const side of ["left", "top", "max-height"]) style.removeProperty(side);
    if (PHONE.matches) return;
    const anchor = this.button.getBoundingClientRect();
    const { width, height } = this.dialog.getBoundingClientRect();
    const below = window.innerHeight - anchor.bottom - GAP - MARGIN;
    const above = anchor.top - GAP - MARGIN;
    const upwards = height > below && above > below;
    const room = Math.max(upwards ? above : below, 240);
    const right = document.documentElement.clientWidth - MARGIN;
    style.left = `${Math.max(MARGIN, Math.min(anchor.left, right - width))}px`;
    style.maxHeight = `${room}px`;
    const top = upwards ? anchor.top - GAP - Math.min(height, room) : anchor.bottom + GAP;
    style.top = `${Math.max(MARGIN, Math.min(top, window.innerHeight - MARGIN - Math.min(height, room)))}px`;
  }
}

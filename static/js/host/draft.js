// What is typed and not saved yet survives a reload, a login and a lost connection: kept for this window.

const KEY = "house-draft-";

export class Draft {
  constructor(name) {
    this.key = KEY + name;
  }

  /** The values kept, or null. */
  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch {
      return null; // storage is blocked, or holds something else
    }
  }

  keep(values) {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(values));
    } catch {
      // Storage is blocked or full: the form itself still holds what was typed.
    }
  }

  drop() {
    try {
      sessionStorage.removeItem(this.key);
    } catch {
      // Storage is blocked: nothing was kept.
    }
  }
}

/** Offers to do without what was found: the notice above the form. */
export function showRestored(forget) {
  const notice = document.getElementById("restored");
  notice.hidden = false;
  notice.querySelector("[data-forget]").onclick = () => {
    notice.hidden = true;
    forget();
  };
}

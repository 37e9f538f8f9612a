// The tabs of an orders page: each a link that works by itself, shown without leaving the page; the chosen one is in the address.

const MOST = 100; // the server counts no further

export class Tabs {
  /** `tabs`: name → {statuses, …}, the first is the default; `chosen(tab)` hears the visitor's choice. */
  constructor(place, tabs, chosen) {
    Object.assign(this, { place, tabs, chosen });
    this.links = [...place.querySelectorAll("[data-tab]")];
    place.addEventListener("click", (event) => this.#onClick(event));
    window.addEventListener("popstate", () => this.#choose(this.#asked()));
    this.name = this.#asked();
    this.#show();
  }

  get tab() {
    return this.tabs[this.name];
  }

  /** How many orders there are of each status; what is over the server's limit is shown as 99+. */
  count(counts) {
    for (const link of this.links) {
      const sum = this.tabs[link.dataset.tab].statuses.reduce((total, status) => total + (counts[status] ?? 0), 0);
      const place = link.querySelector("[data-count]");
      place.hidden = sum === 0;
      place.textContent = sum >= MOST ? `${MOST - 1}+` : String(sum);
    }
  }

  #asked() {
    const name = new URLSearchParams(location.search).get("status");
    return name in this.tabs ? name : Object.keys(this.tabs)[0];
  }

  #onClick(event) {
    const link = event.target.closest("[data-tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.tab === this.name) return;
    history.pushState(null, "", link.href);
    this.#choose(link.dataset.tab);
  }

  #choose(name) {
    this.name = name;
    this.#show();
    this.chosen(this.tab);
  }

  #show() {
    for (const link of this.links) {
      if (link.dataset.tab === this.name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

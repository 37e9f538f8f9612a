// The card beside the edit form: what guests see of the house now, what is missing, and the next move.

import { whileBusy } from "../busy.js";
import { _ } from "../i18n.js";
import { renderInto } from "../render.js";
import { toastOnNextPage } from "../toast.js";
import standingTemplate from "../../../templates/houses/standing.art";
import { putOnline, removeHouse, statusShown, takeOffline } from "./status.js";

export class Standing {
  /** `title()` is the house's name now; `moved({status, version})` hears a move made here. */
  constructor(place, { houseId, title, moved }) {
    Object.assign(this, { place, houseId, title, moved });
    this.status = null;
    this.pictures = 0;
    place.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button && button.getAttribute("aria-disabled") !== "true") this.#act(button);
    });
  }

  show({ status = this.status, pictures = this.pictures }) {
    if (status === this.status && (pictures > 0) === this.ready) return;
    Object.assign(this, { status, pictures, ready: pictures > 0 });
    if (status === null) return;
    const held = this.place.contains(document.activeElement);
    renderInto(this.place, standingTemplate, {
      house_id: this.houseId,
      status: statusShown(status),
      ready: this.ready,
    });
    if (held) this.place.querySelector("[data-move]").focus();
  }

  async #act(button) {
    await whileBusy(button, async () => {
      if (button.hasAttribute("data-delete")) {
        if (await removeHouse(this.houseId, this.title())) this.#leave();
        return;
      }
      const online = button.dataset.move === "online";
      const moved = await (online ? putOnline(this.houseId) : takeOffline(this.houseId, this.title()));
      if (moved === null) return;
      this.moved(moved);
      this.show(moved);
    });
  }

  #leave() {
    toastOnNextPage(_("房源已删除"), "positive");
    location.assign("/myhouse.html");
  }
}

// A house's status: how it is shown, and the moves that its host can make.

import { ApiError, request } from "../api.js";
import { confirm } from "../dialog.js";
import { _ } from "../i18n.js";
import { toast } from "../toast.js";

const SHOWN = {
  draft: { icon: "edit", name: _("草稿"), sentence: _("只有你看得到。") },
  online: { icon: "check", name: _("已上线"), sentence: _("房客可以搜到和预订。") },
  offline: { icon: "eye-off", name: _("已下线"), sentence: _("房客搜不到，已有的预订不受影响。") },
};

/** Icon, name and sentence of a status, in the visitor's language. */
export function statusShown(status) {
  return { status, ...SHOWN[status] };
}

/** Runs a request and says what went wrong; null then. */
async function attempt(send) {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, "danger");
    return null;
  }
}

/** Moves a house; resolves to {status, version}, or null when it stayed as it was. */
async function move(houseId, status, done) {
  const moved = await attempt(() => request("PUT", `/houses/${houseId}/status`, { body: { status } }));
  if (moved) toast(done, "positive");
  return moved;
}

export const putOnline = (houseId) => move(houseId, "online", _("已上线，房客可以搜到了"));

export async function takeOffline(houseId, title) {
  const sure = await confirm({
    title: _("下线“%(title)s”？", { title }),
    text: _("房客不再搜得到它，已有的预订不受影响。随时可以再上线。"),
    agree: _("下线"),
    decline: _("再想想"),
  });
  return sure ? move(houseId, "offline", _("已下线")) : null;
}

/** Resolves to whether the house is gone. */
export async function removeHouse(houseId, title) {
  const sure = await confirm({
    title: _("删除“%(title)s”？", { title }),
    text: _("资料、图片和日历都会删除，不能找回。有未结束的预订时不能删除。"),
    agree: _("删除"),
    decline: _("留着"),
    dangerous: true,
  });
  if (!sure) return false;
  const removed = await attempt(async () => {
    await request("DELETE", `/houses/${houseId}`);
    return true;
  });
  if (removed) toast(_("房源已删除"), "positive");
  return removed === true;
}

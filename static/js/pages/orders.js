// What the visitor booked.

import { _ } from "../i18n.js";
import { OrderList } from "../orders/list.js";
import { Tabs } from "../orders/tabs.js";

const search = { address: "/search.html", label: _("去找房子") };

const TABS = {
  running: {
    statuses: ["WAIT_ACCEPT", "WAIT_PAYMENT", "PAID"],
    none: { title: _("没有进行中的订单"), text: _("订好的房子会在这里，每一步都看得到。"), way: search },
  },
  review: {
    statuses: ["WAIT_COMMENT"],
    none: { title: _("没有要写的评价"), text: _("离店以后，可以在这里写几句。"), way: null },
  },
  ended: {
    statuses: ["COMPLETE", "CANCELED", "REJECTED"],
    none: { title: _("还没有结束的订单"), text: _("住完、取消和没接的订单会在这里。"), way: null },
  },
};

const tabs = new Tabs(document.getElementById("tabs"), TABS, () => list.show());
const list = new OrderList({ role: "guest", tab: () => tabs.tab, counted: (counts) => tabs.count(counts) });
list.show();

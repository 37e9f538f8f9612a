// What others booked with the visitor.

import { _ } from "../i18n.js";
import { OrderList } from "../orders/list.js";
import { Tabs } from "../orders/tabs.js";

const houses = { address: "/myhouse.html", label: _("看看我的房源") };

const TABS = {
  waiting: {
    statuses: ["WAIT_ACCEPT"],
    none: { title: _("没有等你接的订单"), text: _("有人预订时，这里马上会有，不用刷新。"), way: houses },
  },
  running: {
    statuses: ["WAIT_PAYMENT", "PAID"],
    none: { title: _("没有进行中的订单"), text: _("接了的订单会在这里，直到房客离店。"), way: null },
  },
  ended: {
    statuses: ["WAIT_COMMENT", "COMPLETE", "CANCELED", "REJECTED"],
    none: { title: _("还没有结束的订单"), text: _("住完、取消和拒绝的订单会在这里。"), way: null },
  },
};

const tabs = new Tabs(document.getElementById("tabs"), TABS, () => list.show());
const list = new OrderList({ role: "host", tab: () => tabs.tab, counted: (counts) => tabs.count(counts) });
list.show();

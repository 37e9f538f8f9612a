"""Every address of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    accounts,
    areas,
    captcha,
    health,
    host_pages,
    house_pages,
    houses,
    identities,
    interface,
    live,
    media,
    nights,
    order_pages,
    orders,
    pages,
    payments,
    photos,
    prices,
    sms,
    tokens,
)
from handlers.classic.routes import CLASSIC_CALLS

if TYPE_CHECKING:
    from handlers.base import BaseHandler

API = "/api/v1_0"
ORDER = API + r"/orders/([0-9]{1,18})"
HOUSE = API + r"/houses/([0-9]{1,18})"

PAGES: list[tuple[str, type[BaseHandler]]] = [
    (r"/", house_pages.IndexPage),
    (r"/index(?:\.html)?", house_pages.IndexPage),
    (r"/search(?:\.html)?", house_pages.SearchPage),
    (r"/house/([0-9]{1,18})", house_pages.DetailPage),
    (r"/detail(?:\.html)?", house_pages.DetailPage),
    (r"/register(?:\.html)?", pages.RegisterPage),
    (r"/login(?:\.html)?", pages.LoginPage),
    (r"/reset(?:\.html)?", pages.ResetPage),
    (r"/my(?:\.html)?", pages.MyPage),
    (r"/profile(?:\.html)?", pages.ProfilePage),
    (r"/tokens(?:\.html)?", pages.TokensPage),
    (r"/auth(?:\.html)?", host_pages.IdentityPage),
    (r"/myhouse(?:\.html)?", host_pages.OwnHousesPage),
    (r"/newhouse(?:\.html)?", host_pages.NewHousePage),
    (r"/house/([0-9]{1,18})/edit", host_pages.EditHousePage),
    (r"/house/([0-9]{1,18})/calendar", host_pages.BlocksPage),
    (r"/house/([0-9]{1,18})/prices", host_pages.PricesPage),
    (r"/booking(?:\.html)?", order_pages.BookingPage),
    (r"/orders(?:\.html)?", order_pages.GuestOrdersPage),
    (r"/lorders(?:\.html)?", order_pages.HostOrdersPage),
    (r"/order/([0-9]{1,18})", order_pages.OrderPage),
    (r"/payComplete(?:\.html)?", order_pages.PayCompletePage),
    (r"/media/(.+)", media.MediaHandler),
]
CALLS: list[tuple[str, type[BaseHandler]]] = [
    (API + r"/image_codes/([^/]+)", captcha.ImageCodeHandler),
    (API + r"/sms_codes", sms.SmsCodesHandler),
    (API + r"/tasks/([A-Za-z0-9-]{1,64})", live.TaskHandler),
    (API + r"/users", accounts.UsersHandler),
    (API + r"/users/password", accounts.PasswordHandler),
    (API + r"/users/name", accounts.NameHandler),
    (API + r"/users/avatar", accounts.AvatarHandler),
    (API + r"/users/auth", identities.IdentityHandler),
    (API + r"/user", accounts.UserHandler),
    (API + r"/user/tokens", tokens.TokensHandler),
    (API + r"/user/tokens/([0-9]{1,18})", tokens.TokenHandler),
    (API + r"/sessions", accounts.SessionsHandler),
    (API + r"/session", accounts.SessionHandler),
    (API + r"/areas", areas.AreasHandler),
    (API + r"/facilities", areas.FacilitiesHandler),
    (API + r"/user/houses", houses.OwnedHousesHandler),
    (API + r"/houses", houses.HousesHandler),
    (API + r"/houses/index", houses.HomeHousesHandler),
    (HOUSE, houses.HouseHandler),
    (HOUSE + r"/status", houses.HouseStatusHandler),
    (HOUSE + r"/calendar", nights.CalendarHandler),
    (HOUSE + r"/blocks", nights.BlocksHandler),
    (HOUSE + r"/quote", nights.QuoteHandler),
    (HOUSE + r"/prices", prices.PricesHandler),
    (HOUSE + r"/images", photos.PhotosHandler),
    (HOUSE + r"/images/order", photos.PhotoOrderHandler),
    (HOUSE + r"/images/([0-9]{1,18})", photos.PhotoHandler),
    (API + r"/orders", orders.OrdersHandler),
    (ORDER, orders.OrderHandler),
    (ORDER + r"/status", orders.OrderStatusHandler),
    (ORDER + r"/comment", orders.OrderCommentHandler),
    (ORDER + r"/reply", orders.OrderReplyHandler),
    (ORDER + r"/payment", payments.PaymentHandler),
    (API + r"/payments/alipay/notify", payments.AlipayNoticeHandler),
    (API + r"/payments/alipay/return", payments.AlipayReturnHandler),
    (API + r"/openapi\.json", interface.OpenApiHandler),
    (API + r"/live", live.LiveSocketHandler),
    (API + r"/live/events", live.LiveEventsHandler),
    (API + r"/live/houses/([0-9]{1,18})", live.LiveHouseHandler),
    (r"/healthz", health.LivenessHandler),
    (r"/readyz", health.ReadinessHandler),
    (r"/metrics", health.MetricsHandler),
]
ROUTES = [*CALLS, *CLASSIC_CALLS, *PAGES]

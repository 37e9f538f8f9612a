$(document).ready(function () {
    $.get("/api/v1.0/session", function (resp) {
        if (resp.errno == "0") {
            $(".user-info").show().children(".user-name").html(resp.data.name);
        } else {
            $(".register-login").show();
        }
    }, "json");
    load("/houses/index", {}, function (resp) {
        $(".swiper-wrapper").html(template("swiper-houses-tmpl", {houses: resp.data}));
    });
    load("/areas", {}, function (resp) {
        $(".area-list").html(template("area-list-tmpl", {areas: resp.data}));
    });
});

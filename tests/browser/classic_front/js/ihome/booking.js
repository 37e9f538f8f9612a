$(document).ready(function () {
    var houseId = decodeQuery().hid;
    $.get("/api/v1.0/session", function (resp) {
        if (resp.errno != "0") location.href = "/login.html";
    }, "json");
    load("/houses/" + houseId, {}, function (resp) {
        $(".house-text>h3").html(resp.data.house.title);
        $(".house-text>p>span").html((resp.data.house.price / 100.0).toFixed(0));
    });
    $(".submit-btn").on("click", function (e) {
        e.preventDefault();
        var data = {house_id: houseId, start_date: $("#start-date").val(), end_date: $("#end-date").val()};
        send("post", "/orders", data, function () {
            location.href = "/orders.html";
        }, function (resp) {
            $(".popup_con").html(resp.errno == "4004" ? "房间已被抢定，请重新选择日期！" : resp.errmsg).show();
        });
    });
});

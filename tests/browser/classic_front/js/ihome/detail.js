$(document).ready(function () {
    load("/houses/" + decodeQuery().id, {}, function (resp) {
        var house = resp.data.house;
        $(".swiper-container").html(house.img_urls.map(function (url) { return '<img src="' + url + '" alt="">'; }).join(""));
        $(".detail-con").html(template("house-detail-tmpl", {house: house}));
        if (resp.data.user_id != house.user_id) {
            $(".book-house").attr("href", "/booking.html?hid=" + house.hid).show();
        }
    });
});

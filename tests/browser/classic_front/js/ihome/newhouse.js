$(document).ready(function () {
    load("/areas", {}, function (resp) {
        $("#area-id").html(template("areas-tmpl", {areas: resp.data}));
    });
    $("#form-house-info").submit(function (e) {
        e.preventDefault();
        var data = {};
        $(this).serializeArray().forEach(function (field) { data[field.name] = field.value; });
        data.facility = $(":checked[name=facility]").map(function () { return $(this).val(); }).get();
        send("post", "/houses/info", data, function (resp) {
            $("#form-house-info").hide();
            $("#form-house-image").show();
            $("#house-id").val(resp.data.house_id);
        });
    });
    $("#form-house-image").submit(function (e) {
        e.preventDefault();
        $(this).ajaxSubmit({
            url: "/api/v1.0/houses/image", type: "post", dataType: "json",
            headers: {"X-CSRFToken": getCookie("csrf_token")},
            success: function (resp) {
                answered(resp, function () {
                    $(".house-image-cons").append('<img src="' + resp.data.image_url + '" alt="">');
                }, null);
            }
        });
    });
});

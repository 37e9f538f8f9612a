$(document).ready(function () {
    load("/user", {}, function (resp) { $("#user-name").val(resp.data.name); });
    $("#form-avatar").submit(function (e) {
        e.preventDefault();
        $(this).ajaxSubmit({
            url: "/api/v1.0/users/avatar", type: "post", dataType: "json",
            headers: {"X-CSRFToken": getCookie("csrf_token")},
            success: function (resp) {
                answered(resp, function () { $("#user-avatar").attr("src", resp.data.avatar_url); }, null);
            }
        });
    });
    $("#form-name").submit(function (e) {
        e.preventDefault();
        send("put", "/users/name", {name: $("#user-name").val()}, function () {
            $(".error-msg").html("已保存");
        }, function (resp) {
            $(".error-msg").html(resp.errno == "4001" ? "用户名已存在" : resp.errmsg);
        });
    });
});

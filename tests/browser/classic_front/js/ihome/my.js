function logout() {
    send("delete", "/session", null, function () { location.href = "/index.html"; });
}

$(document).ready(function () {
    load("/user", {}, function (resp) {
        $("#user-name").html(resp.data.name);
        $("#user-mobile").html(resp.data.mobile);
        if (resp.data.avatar) $("#user-avatar").attr("src", resp.data.avatar);
    });
});

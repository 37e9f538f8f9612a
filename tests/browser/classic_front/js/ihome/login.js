$(document).ready(function () {
    $(".form-login").submit(function (e) {
        e.preventDefault();
        var data = {mobile: $("#mobile").val(), password: $("#password").val()};
        send("post", "/sessions", data, function () { location.href = "/"; });
    });
});

var imageCodeId = "";

function generateImageCode() {
    imageCodeId = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, function () {
        return Math.floor(Math.random() * 16).toString(16);
    });
    $(".image-code img").attr("src", "/api/v1.0/image_codes/" + imageCodeId);
}

function sendSMSCode() {
    var query = {image_code: $("#imagecode").val(), image_code_id: imageCodeId};
    $(".phonecode-a").removeAttr("onclick");
    $.get("/api/v1.0/sms_codes/" + $("#mobile").val(), query, function (resp) {
        if (resp.errno == "0") {
            $(".phonecode-a").html("60秒");
        } else {
            $(".error-msg").html(resp.errmsg);
            $(".phonecode-a").attr("onclick", "sendSMSCode();");
            generateImageCode();
        }
    }, "json");
}

$(document).ready(function () {
    generateImageCode();
    $(".form-register").submit(function (e) {
        e.preventDefault();
        var data = {
            mobile: $("#mobile").val(), sms_code: $("#phonecode").val(),
            password: $("#password").val(), password2: $("#password2").val()
        };
        send("post", "/users", data, function () { location.href = "/index.html"; });
    });
});

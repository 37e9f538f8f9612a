function lock(data) {
    $("#real-name").val(data.real_name).prop("disabled", true);
    $("#id-card").val(data.id_card).prop("disabled", true);
    $(".btn-success").hide();
}

$(document).ready(function () {
    load("/users/auth", {}, function (resp) {
        if (resp.data.real_name && resp.data.id_card) lock(resp.data);
    });
    $("#form-auth").submit(function (e) {
        e.preventDefault();
        var data = {real_name: $("#real-name").val(), id_card: $("#id-card").val()};
        send("post", "/users/auth", data, function () { lock(data); });
    });
});

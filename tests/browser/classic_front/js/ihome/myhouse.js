$(document).ready(function () {
    load("/users/auth", {}, function (resp) {
        if (!(resp.data.real_name && resp.data.id_card)) {
            $(".auth-warn").show();
            return;
        }
        load("/user/houses", {}, function (resp) {
            $("#houses-list").html(template("houses-list-tmpl", {houses: resp.data.houses}));
        });
    });
});

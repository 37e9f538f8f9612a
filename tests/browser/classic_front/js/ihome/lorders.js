$(document).ready(function () {
    load("/user/orders?role=landlord", {}, function (resp) {
        $(".orders-list").html(template("orders-list-tmpl", {orders: resp.data.orders}));
        $(".order-accept").on("click", function () {
            send("put", "/orders/" + $(this).parents("li").attr("order-id") + "/status", {action: "accept"}, function () {
                location.reload();
            });
        });
        $(".order-reject").on("click", function () {
            $(".modal-reject").attr("order-id", $(this).parents("li").attr("order-id"));
            $(".modal").show();
        });
        $(".modal-reject").on("click", function () {
            var data = {action: "reject", reason: $("#reject-reason").val()};
            send("put", "/orders/" + $(this).attr("order-id") + "/status", data, function () {
                location.reload();
            });
        });
    });
});

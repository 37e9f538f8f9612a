$(document).ready(function () {
    load("/user/orders?role=custom", {}, function (resp) {
        $(".orders-list").html(template("orders-list-tmpl", {orders: resp.data.orders}));
        $(".order-pay").on("click", function () {
            send("post", "/orders/" + $(this).parents("li").attr("order-id") + "/payment", null, function (resp) {
                location.href = resp.data.pay_url;
            });
        });
        $(".order-comment").on("click", function () {
            $(".modal-comment").attr("order-id", $(this).parents("li").attr("order-id"));
            $(".modal").show();
        });
        $(".modal-comment").on("click", function () {
            var orderId = $(this).attr("order-id");
            send("put", "/orders/" + orderId + "/comment", {order_id: orderId, comment: $("#comment").val()}, function () {
                location.reload();
            });
        });
    });
});

$(document).ready(function () {
    var query = decodeQuery();
    $(".filter-area-name").html(query.aname || "位置区域");
    load("/houses", {aid: query.aid, sd: query.sd, ed: query.ed, sk: "new", p: 1}, function (resp) {
        $(".house-list").html(template("house-list-tmpl", {houses: resp.data.houses}));
    });
});

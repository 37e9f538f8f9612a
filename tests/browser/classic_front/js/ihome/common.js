// What every page of this front end shares: it knows HTTP 200 and errno only, and one header.
function getCookie(name) {
    var r = document.cookie.match("\\b" + name + "=([^;]*)\\b");
    return r ? r[1] : undefined;
}

function decodeQuery() {
    var query = {};
    decodeURI(document.location.search).replace(/^\?/, "").split("&").forEach(function (pair) {
        query[pair.split("=")[0]] = pair.split("=")[1];
    });
    return query;
}

// Sends JSON text, or nothing at all; a visitor who is not signed in goes to the login.
function send(method, path, data, success, failure) {
    var options = {url: "/api/v1.0" + path, type: method, dataType: "json", headers: {"X-CSRFToken": getCookie("csrf_token")}};
    if (data !== null) {
        options.contentType = "application/json";
        options.data = JSON.stringify(data);
    }
    options.success = function (resp) { answered(resp, success, failure); };
    $.ajax(options);
}

function answered(resp, success, failure) {
    if (resp.errno == "0") {
        success(resp);
    } else if (resp.errno == "4101") {
        location.href = "/login.html";
    } else if (failure) {
        failure(resp);
    } else {
        $(".error-msg").html(resp.errmsg).show();
    }
}

function load(path, query, success) {
    $.get("/api/v1.0" + path, query, function (resp) { answered(resp, success, null); }, "json");
}

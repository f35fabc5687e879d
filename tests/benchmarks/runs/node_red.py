"""The workload as a flow of Node-RED."""


def flow(uri, echo):
    """Give the nodes: in, call, double, save, call, double, log, out."""
    call = {"type": "http request", "method": "GET", "ret": "obj", "paytoqs": "ignore"}
    save = {
        "type": "mongodb4",
        "clientNode": "database",
        "mode": "collection",
        "operation": "insertOne",
        "output": "toArray",
    }

    def work(text):
        return {"type": "function", "func": text + "return msg;", "outputs": 1, "libs": []}

    steps = [
        {"type": "http in", "url": "/hook", "method": "post"},
        work(f"msg.begun = new Date(); msg.value = msg.payload.value; {_url(echo)}"),
        call,
        work("msg.value = msg.payload.value * 2; msg.payload = [{value: msg.value}];"),
        {**save, "collection": "records"},
        work(_url(echo)),
        call,
        work(
            "msg.value = msg.payload.value * 2; msg.payload = [{status: 'completed',"
            " createdAt: msg.begun, executedAt: new Date(), value: msg.value}];"
        ),
        {**save, "collection": "executionlogs"},
        work("msg.payload = {value: msg.value}; msg.headers = {};"),
        {"type": "http response", "statusCode": "200", "headers": {}},
    ]
    database = {
        "id": "database",
        "type": "mongodb4-client",
        "uriTabActive": "tab-uri-advanced",
        "uri": uri,
        "dbName": uri.rpartition("/")[2].partition("?")[0],
        "advanced": "{}",
    }
    wired = [
        {"id": f"n{place}", "z": "bench5", "wires": [[f"n{place + 1}"]], **step}
        for place, step in enumerate(steps)
    ]
    wired[-1]["wires"] = []
    return [{"id": "bench5", "type": "tab", "label": "bench5"}, database, *wired]


def _url(echo):
    return f"msg.url = 'http://127.0.0.1:{echo}/echo?value=' + msg.value; msg.headers = {{}};"

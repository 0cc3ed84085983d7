namespace go places

enum Color { RED = 1, BLUE = 2 }

struct Inner {
    1: optional i64 id (api.js_conv = "")
    2: optional string text
}

struct Req {
    1: required string name (api.path = "name")
    2: optional string session (api.cookie = "session")
    3: optional i64 big (api.body = "big", api.js_conv = "")
    4: optional bool on (api.query = "on")
    5: optional double ratio (api.query = "ratio")
    6: optional Color color (api.query = "color")
    7: optional string either (api.query = "either", api.header = "X-Either")
    8: optional string renamed (go.tag = "json:\"other\"")
    9: optional list<i64> numbers (api.body = "numbers")
    10: optional Inner inner (api.body = "inner")
    11: string plain
    12: optional string preset = "given" (api.query = "preset")
    13: optional binary bytes (api.query = "bytes")
    14: optional string hidden (api.none = "")
    15: optional set<string> tags (api.header = "X-Tags")
}

struct Resp {
    1: optional string header (api.header = "X-Header")
    2: optional i32 code (api.http_code = "")
    3: optional i64 big (api.body = "big", api.js_conv = "")
    4: optional Inner inner (api.body = "inner")
    5: optional list<string> list (api.header = "X-List")
    6: optional string hidden (api.none = "")
    7: optional string query (api.query = "query")
    8: optional string cookie (api.cookie = "cookie")
    9: optional string renamed (go.tag = "json:\"other\"")
    10: optional bool on (api.header = "X-On")
    11: optional double ratio (api.header = "X-Ratio")
    12: optional string plain
    13: optional Color color (api.body = "color")
}

service Places {
    Resp Put(1: Req req) (api.put = "/places/:name")
    Resp Rest(1: Req req) (api.get = "/files/*name")
    Resp Del(1: Req req) (api.delete = "/places/:name")
}

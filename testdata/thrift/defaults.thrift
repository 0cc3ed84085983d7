// Default values of each kind, and a method without arguments.
namespace go kitex.test.defaults

struct BaseElem {
    1: optional i32 a,
}

struct Request {
    1: optional byte a = 0,
    2: optional i32 b = 0,
    3: optional double c = 5.1,
    4: optional string d = "123",
    5: optional list<BaseElem> e = [{"a":34}]
    6: optional map<i32, BaseElem> f = {12: {"a": 34}}
}

struct Seen {
    1: required string wire // which fields came, "1,2,..": what the caller wrote
    2: required Request back // an empty struct on the wire: the caller's reader fills defaults
}

service Defaults {
    Seen Probe(1: Request req),
    Request Empty(),
}

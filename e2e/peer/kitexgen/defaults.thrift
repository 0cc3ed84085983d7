// The server's own view of testdata/thrift/defaults.thrift: the same fields with
// the same ids, but no default values, so that generated code tells a field that
// was on the wire from one that was not.
namespace go kitex.test.defaults

struct BaseElem {
    1: optional i32 a
}

struct Request {
    1: optional byte a
    2: optional i32 b
    3: optional double c
    4: optional string d
    5: optional list<BaseElem> e
    6: optional map<i32, BaseElem> f
}

struct Seen {
    1: required string wire
    2: required Request back
}

service Defaults {
    Seen Probe(1: Request req)
    Request Empty()
}

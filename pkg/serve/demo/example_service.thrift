// A request and a response with base fields, found through an include.
include "base.thrift"

namespace go kitex.test.server

struct ExampleReq {
    1: required string Msg,
    255: base.Base Base,
}

struct ExampleResp {
    1: required string Msg,
    255: base.BaseResp BaseResp,
}

service ExampleService {
    ExampleResp ExampleMethod(1: ExampleReq req),
}

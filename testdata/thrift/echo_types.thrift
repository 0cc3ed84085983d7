// A field of each type.
include "base.thrift"

namespace go kitex.test.echotypes

enum ErrorCode {
    SUCCESS = 0
    FAILURE = 1
}

struct Info {
    1: map<string,string> Map
    2: i64 ID
}

struct EchoRequest {
    1: string Msg
    2: i8 I8
    3: i16 I16
    4: i32 I32
    5: i64 I64
    6: binary Binary
    7: map<string,string> Map
    8: set<string> Set
    9: list<string> List
    10: ErrorCode ErrorCode
    11: Info Info
    255: optional base.Base Base
}

service EchoTypes {
    EchoRequest Echo(1: EchoRequest req),
}

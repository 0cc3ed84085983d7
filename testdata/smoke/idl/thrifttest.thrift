struct Xtruct {
    1: string string_thing
    4: i8 byte_thing
    9: i32 i32_thing
    11: i64 i64_thing
}

exception Xception {
    1: i32 errorCode
    2: string message
}

service ThriftTest {
    string testString(1: string thing)
    i64 testI64(1: i64 thing)
    double testDouble(1: double thing)
    Xtruct testStruct(1: Xtruct thing)
    void testException(1: string arg) throws (1: Xception err1)
}

// The methods of the Kitex servers of the end-to-end tests: one for each way in
// which a call can be made, and one for each way in which it can end.
namespace go calls

struct Item {
    1: required string text
    2: optional i64 number
}

exception NotFound {
    1: required string key
    2: optional list<string> nearest
}

exception Denied {
    1: required i32 code
    2: optional string reason
    3: optional Item item
}

// What came with a call beside its arguments.
struct Seen {
    1: required map<string, string> transient
    2: required map<string, string> persistent
    3: required map<string, string> texts // the other string keys of a TTHeader
    4: required map<i16, string> numbers // the integer keys of a TTHeader
}

// Methods that Calls inherits.
service Common {
    // "hello"
    string Hello()

    void Ping()
}

service Calls extends Common {
    // The arguments, joined by "/"; those of rest by ",".
    string Join(1: string first, 3: i32 second, 2: list<string> rest, 7: Item item)

    void Touch(1: Item item)

    // The same bytes.
    binary Same(1: binary data)

    // Counted, by key.
    oneway void Record(1: string key)

    // How often Record came with the key, once it is at least so often or 2 s have passed.
    i32 Recorded(1: string key, 2: i32 atLeast)

    // Throws NotFound or Denied if which is "NotFound" or "Denied"; its item otherwise.
    Item Throw(1: string which) throws (1: NotFound missing, 3: Denied denied)

    // As Throw.
    void ThrowVoid(1: string which) throws (1: NotFound missing, 3: Denied denied)

    // Ends with an error of the handler.
    string Fail(1: string message)

    // Ends with an application exception of this type.
    string FailType(1: i32 type, 2: string message)

    // Panics.
    string Panic(1: string message)

    // Answers after so many milliseconds.
    string Sleep(1: i32 ms)

    // Ends with a business status.
    Item Biz(1: i32 code, 2: string message, 3: map<string, string> extra)

    // As Biz.
    void BizVoid(1: i32 code, 2: string message, 3: map<string, string> extra)

    // Returns nothing though it should.
    Item Nil()

    // What came with the call; the values of back go back with the reply.
    Seen Meta(1: map<string, string> back)
}

// Streams of each kind, and calls beside them, whose requests say what the server
// does. testdata/proto/streams.proto is the same service for Protobuf: a value has
// the same JSON in both.
namespace go streams

// A business status.
struct Biz {
    1: optional i32 code
    2: optional string message
    3: optional map<string, string> extra
}

// A gRPC status.
struct Status {
    1: optional i32 code
    2: optional string message
}

// What ends the call (fail, panic, biz, status, hang) comes after the replies, of
// which there are none then unless replies says so.
struct Request {
    1: optional string text // of the replies
    2: optional i32 replies // to this request; 0 stands for one, a negative number for none
    3: optional i32 replyBytes // the size of data in each
    4: optional binary data
    5: optional i32 delayMs // how long to sleep first
    6: optional string fail // ends with this error of the handler
    7: optional string panic
    8: optional Biz biz
    9: optional Status status
    10: optional bool hang // waits until the client has gone
    11: optional bool stop // ends the call well, whatever else the client may have to send
    12: optional string id // of the call, for Outcome
}

struct Reply {
    1: optional string text
    2: optional i32 requests // how many there have been
    3: optional i32 bytes // in data of all requests so far
    4: optional binary data
}

struct MetaRequest {
    1: optional map<string, string> header // to send with the reply
    2: optional map<string, string> trailer
}

// What came with a call beside its request.
struct Seen {
    1: optional map<string, string> transient
    2: optional map<string, string> persistent
    3: optional map<string, string> headers // the others
}

exception Refused {
    1: required string reason
}

service Streams {
    // Answers once, after the last request.
    Reply Collect(1: Request req) (streaming.mode="client")

    // Answers a request many times.
    Reply Expand(1: Request req) (streaming.mode="server")

    // Answers each request as it comes.
    Reply Chat(1: Request req) (streaming.mode="bidirectional")

    // Answers once.
    Reply Single(1: Request req) (streaming.mode="unary")

    // As Single, with an answer of no fields.
    void Touch(1: Request req) (streaming.mode="unary")

    // Throws Refused with the text of the request.
    Reply Declared(1: Request req) throws (1: Refused refused) (streaming.mode="unary")

    // As Single.
    Reply Plain(1: Request req)

    // How the call with this id has ended: "ok", or the error that its handler ended
    // with. Waits up to 5 s for that.
    string Outcome(1: string id)

    // Sends header and trailer, and one reply.
    Seen Meta(1: MetaRequest req) (streaming.mode="server")
}

// The service of the Kitex server without generated code. Each method has exactly
// one argument: Kitex reads no others from IDL.
namespace go generic

struct Item {
    1: required string text
    2: optional i64 number
    3: optional list<double> rest
}

exception NotFound {
    1: required string key
}

service Generic {
    // The same item.
    Item Same(1: Item item)

    // The same name.
    string Name(1: string name)

    void Touch(1: Item item)

    oneway void Record(1: Item item)

    // Ends with an error of the handler.
    Item Fail(1: string message) throws (1: NotFound missing)

    // Ends with business status 404.
    Item Biz(1: string message)
}

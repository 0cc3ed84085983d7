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

service Calls {
    string Hello()
    string Join(1: string first, 3: i32 second, 2: list<string> rest, 7: Item item)
    Item Throw(1: string which) throws (1: NotFound missing, 3: Denied denied)
    Item Biz(1: i32 code, 2: string message, 3: map<string, string> extra)
    string Nope()
}

namespace go shop

enum Size {
    SMALL = 1
    MEDIUM = 2
    LARGE = 3
}

struct Item {
    1: required string name
    2: i32 count = 1
    3: optional Size size
}

struct Order {
    1: i64 id
    2: list<Item> items
}

exception SoldOut {
    1: string name
    2: i32 left
}

exception NotFound {
    1: i64 id
}

// Methods of every shape: several arguments, none, exceptions, oneway.
service Shop {
    // The sum of two numbers. One that does not fit is an application exception.
    i64 Add(1: i64 a, 2: i64 b)

    // Items called "unicorn" are sold out.
    Order Buy(1: list<Item> items, 2: string customer) throws (1: SoldOut soldOut, 2: NotFound notFound)

    // Always a Kitex business error.
    void Refund(1: Order order)

    // Does nothing.
    void Ping()

    // No answer comes.
    oneway void Note(1: string text)
}

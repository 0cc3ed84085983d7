// Services that share a method name: only the service's own name tells them apart.
namespace go multi

struct Message {
    1: string text
}

service First {
    Message Chat(1: Message req)
}

service Second {
    Message Chat(1: Message req)
}

service ExampleService {
    Message Chat(1: Message req)
}

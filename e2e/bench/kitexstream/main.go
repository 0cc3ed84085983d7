// Command kitexstream streams messages with a generated Kitex client, which is what
// bench compares idlcall's streams with. Its arguments are an address, "ttheader" or
// "grpc", a method of streams.thrift and a number of messages. It knows the types at
// compile time, and neither reads nor writes any JSON.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/transport"

	"github.com/idlcall/idlcall/e2e/peer/kitexgen/streams"
	service "github.com/idlcall/idlcall/e2e/peer/kitexgen/streams/streams"
)

func main() {
	n, err := strconv.Atoi(os.Args[4])
	if err == nil {
		err = run(os.Args[1], os.Args[2], os.Args[3], n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "kitexstream:", err)
		os.Exit(1)
	}
}

func run(address, protocol, method string, n int) error {
	over := transport.TTHeaderStreaming
	if protocol == "grpc" {
		over = transport.GRPCStreaming
	}
	c, err := service.NewClient("bench", client.WithHostPorts(address), client.WithTransportProtocol(over))
	if err != nil {
		return err
	}
	got := 0
	switch method {
	case "Expand":
		got, err = expand(c, int32(n))
	case "Collect":
		got, err = collect(c, n)
	case "Chat":
		got, err = chat(c, n)
	}
	if err == nil && got != n {
		err = fmt.Errorf("%d messages, want %d", got, n)
	}
	return err
}

func request() *streams.Request {
	text := "hello"
	return &streams.Request{Text: &text}
}

// expand receives n messages.
func expand(c service.Client, n int32) (int, error) {
	req := request()
	req.Replies = &n
	s, err := c.Expand(context.Background(), req)
	if err != nil {
		return 0, err
	}
	return receive(func() error { _, err := s.Recv(s.Context()); return err })
}

// receive counts messages to the end of a stream.
func receive(recv func() error) (int, error) {
	for n := 0; ; n++ {
		if err := recv(); errors.Is(err, io.EOF) {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// collect sends n messages; the reply has their number.
func collect(c service.Client, n int) (int, error) {
	s, err := c.Collect(context.Background())
	if err != nil {
		return 0, err
	}
	for range n {
		if err := s.Send(s.Context(), request()); err != nil {
			return 0, err
		}
	}
	reply, err := s.CloseAndRecv(s.Context())
	if err != nil {
		return 0, err
	}
	return int(reply.GetRequests()), nil
}

// chat sends n messages while it receives as many.
func chat(c service.Client, n int) (int, error) {
	s, err := c.Chat(context.Background())
	if err != nil {
		return 0, err
	}
	sent := make(chan error, 1)
	go func() {
		for range n {
			if err := s.Send(s.Context(), request()); err != nil {
				sent <- err
				return
			}
		}
		sent <- s.CloseSend(s.Context())
	}()
	got, err := receive(func() error { _, err := s.Recv(s.Context()); return err })
	if err != nil {
		return got, err
	}
	return got, <-sent
}

package client_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/call/client"
	"github.com/idlcall/idlcall/pkg/stream"
)

// upper is a gRPC server that answers with the request's bytes in upper case.
func upper(w http.ResponseWriter, r *http.Request) {
	message, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = io.WriteString(w, string(message[:5])+strings.ToUpper(string(message[5:])))
	w.Header().Set("Grpc-Status", "0")
}

// dialUpper connects to upper inside the process.
func dialUpper(context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	server := http.Server{Handler: http.HandlerFunc(upper), Protocols: new(http.Protocols)}
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(&oneConn{conn: theirs})
	return ours, nil
}

// oneConn is a listener with a single connection.
type oneConn struct {
	conn net.Conn
	once sync.Once
}

func (l *oneConn) Accept() (c net.Conn, err error) {
	err = net.ErrClosed
	l.once.Do(func() { c, err = l.conn, nil })
	return c, err
}

func (l *oneConn) Close() error   { return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

func Example() {
	target, err := call.ParseTarget("grpc://localhost:50051")
	if err != nil {
		fmt.Println(err)
		return
	}
	// Without Dial the client would connect to the target.
	client, err := client.New(call.Options{Targets: []call.Target{target}, Dial: dialUpper})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	method := stream.Method{Service: "text.Upper", Name: "Do", Type: stream.Unary}
	s, err := client.Open(context.Background(), stream.Call{Method: method, Header: stream.Metadata{{Name: "trace-id", Value: "7"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close(nil)
	if err := s.Send([]byte("bodies are bytes")); err != nil {
		fmt.Println(err)
		return
	}
	reply, err := s.Recv()
	fmt.Printf("%s %v\n", reply, err)
	_, err = s.Recv()
	fmt.Println(err) // the status was OK
	// Output:
	// BODIES ARE BYTES <nil>
	// EOF
}

package translate_test

import (
	"context"
	"net"

	"github.com/idlcall/idlcall/pkg/proxy/translate"
	"github.com/idlcall/idlcall/pkg/serve"
)

// dialing connects to a server inside the process.
func dialing(ctx context.Context, server serve.Server) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		client, end := translate.Pipe("proxy")
		go func() { _ = server.ServeConn(ctx, end) }()
		return client, nil
	}
}

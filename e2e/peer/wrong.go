package peer

import (
	"fmt"
	"io"
	"net"
	"net/http"
)

// greeter accepts connections, says something and waits for the client to go.
func greeter(l net.Listener, greeting string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_, _ = io.WriteString(conn, greeting)
			_, _ = io.Copy(io.Discard, conn)
		}()
	}
}

// replier accepts connections, and says something to whoever has spoken first.
func replier(l net.Listener, reply string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if n, _ := conn.Read(make([]byte, 1)); n > 0 {
				_, _ = io.WriteString(conn, reply)
			}
			_, _ = io.Copy(io.Discard, conn)
		}()
	}
}

// closer accepts connections and ends them: in an orderly way, or with a reset.
func closer(l net.Listener, reset bool) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if reset {
				_, _ = conn.Read(make([]byte, 1)) // once the client is connected
				_ = conn.(*net.TCPConn).SetLinger(0)
				return
			}
			finish(conn)
			_, _ = io.Copy(io.Discard, conn)
		}()
	}
}

// page answers every request with an HTML page.
func page(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(code)
		fmt.Fprintf(w, "<html><h1>%d %s</h1></html>\n", code, http.StatusText(code))
	})
}

// http1 serves HTTP/1.1 only.
func http1(l net.Listener, h http.Handler) { _ = (&http.Server{Handler: h}).Serve(l) }

// http2Cleartext serves HTTP/2 with prior knowledge, and HTTP/1.1.
func http2Cleartext(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	_ = server.Serve(l)
}

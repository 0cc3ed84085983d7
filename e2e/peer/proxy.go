package peer

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
)

// forwarder accepts connections, asks greet where the client wants to go, and
// joins the two.
func forwarder(l net.Listener, greet func(io.ReadWriter) (string, error), accepted string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			address, err := greet(conn)
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", address)
			if err != nil {
				return
			}
			defer there.Close()
			_, _ = io.WriteString(conn, accepted)
			go func() { _, _ = io.Copy(there, conn); there.Close() }()
			_, _ = io.Copy(conn, there)
		}()
	}
}

// connectProxy is an HTTP proxy that only knows CONNECT. It alone knows where
// ServerName is, at the server with TLS, and ChangingName.
func (p *Peers) connectProxy(l net.Listener) {
	forwarder(l, func(rw io.ReadWriter) (string, error) {
		r, err := http.ReadRequest(bufio.NewReader(rw))
		if err != nil || r.Method != http.MethodConnect {
			return "", fmt.Errorf("want CONNECT: %w", err)
		}
		switch r.Host {
		case ServerName + ":443":
			return p.Env["GRPC_TLS"], nil
		case ChangingName + ":80":
			return p.Env["CHANGING"], nil
		}
		return r.Host, nil
	}, "HTTP/1.1 200 Connection established\r\nVia: 1.1 e2e\r\n\r\n")
}

// socks5Proxy is a proxy without authentication for CONNECT to IPv4 addresses
// and names (RFC 1928).
func socks5Proxy(l net.Listener) {
	forwarder(l, func(rw io.ReadWriter) (string, error) {
		head := make([]byte, 2)
		if _, err := io.ReadFull(rw, head); err != nil || head[0] != 5 {
			return "", fmt.Errorf("want SOCKS 5: %w", err)
		}
		if _, err := io.CopyN(io.Discard, rw, int64(head[1])); err != nil { // methods
			return "", err
		}
		if _, err := rw.Write([]byte{5, 0}); err != nil {
			return "", err
		}
		request := make([]byte, 4)
		if _, err := io.ReadFull(rw, request); err != nil {
			return "", err
		}
		size := make([]byte, 1)
		if size[0] = net.IPv4len; request[3] == 3 { // a name
			if _, err := io.ReadFull(rw, size); err != nil {
				return "", err
			}
		}
		rest := make([]byte, int(size[0])+2)
		if _, err := io.ReadFull(rw, rest); err != nil {
			return "", err
		}
		host, port := rest[:size[0]], binary.BigEndian.Uint16(rest[size[0]:])
		name := string(host)
		if request[3] == 1 {
			name = net.IP(host).String()
		}
		return fmt.Sprintf("%s:%d", name, port), nil
	}, "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
}

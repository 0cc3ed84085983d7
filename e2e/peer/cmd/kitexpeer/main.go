// Command kitexpeer runs the Kitex servers that the scripts call. It prints
// NAME=ADDRESS for each, then READY, and ends when its stdin does. Its arguments
// are the folder of the Thrift IDL, one for sockets, a certificate and its key, and
// for other servers than the usual ones the name of a group.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/cloudwego/kitex/pkg/klog"
	"github.com/cloudwego/netpoll"
)

func main() {
	pair, err := tls.LoadX509KeyPair(os.Args[3], os.Args[4])
	if err == nil {
		err = serve(os.Args[1], os.Args[2], pair, strings.Join(os.Args[5:], " "))
	}
	if err != nil {
		fmt.Fprintln(os.Stdout, "ERROR", err)
		return
	}
	fmt.Fprintln(os.Stdout, "READY")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// serve starts the servers of a group.
func serve(idl, dir string, pair tls.Certificate, group string) error {
	klog.SetOutput(io.Discard)
	netpoll.SetLoggerOutput(io.Discard)
	servers, err := servers(idl, group)
	if err != nil {
		return err
	}
	for name, start := range servers {
		l, err := listen(name, dir)
		if err != nil {
			return err
		}
		if err := start(l); err != nil {
			return err
		}
		if front, ok := fronts[name]; ok {
			if err := terminate(front, l.Addr().String(), pair); err != nil {
				return err
			}
		}
	}
	return nil
}

// listen listens where the name says, and prints it.
func listen(name, dir string) (net.Listener, error) {
	if strings.HasSuffix(name, "_UNIX") {
		path := filepath.Join(dir, strings.ToLower(name)+".sock")
		fmt.Fprintf(os.Stdout, "%s=unix://%s\n", name, path)
		return net.Listen("unix", path)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Fprintf(os.Stdout, "%s=%s\n", name, l.Addr())
	}
	return l, err
}

// fronts are the servers that are reached over TLS too.
var fronts = map[string]string{"KITEX": "KITEX_TLS"}

// terminate listens with TLS and passes connections on, which is how Kitex servers
// are reached over TLS: they have none.
func terminate(name, target string, pair tls.Certificate) error {
	l, err := listen(name, "")
	if err != nil {
		return err
	}
	l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}})
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go pass(conn.(*tls.Conn), target)
		}
	}()
	return nil
}

// pass copies both ways, and passes on the end of each.
func pass(client *tls.Conn, target string) {
	defer client.Close()
	conn, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, client)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, conn)
	_ = client.CloseWrite()
}

// Command apachepeer runs the Apache Thrift servers that the scripts call. It
// prints NAME=ADDRESS for each, then READY, and ends when its stdin does. Its
// arguments are a folder for sockets, a certificate and the key of it.
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/idlcall/idlcall/e2e/peer/apachegen/thrifttest"
)

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the library tells of every lost connection
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stdout, "ERROR", err)
		return
	}
	fmt.Fprintln(os.Stdout, "READY")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// kind is how a server speaks.
type kind struct {
	transport thrift.TTransportFactory
	protocol  thrift.TProtocolFactory
	processor thrift.TProcessor
}

var (
	config   = &thrift.TConfiguration{}
	buffered = thrift.NewTBufferedTransportFactory(4 << 10)
	framed   = thrift.NewTFramedTransportFactoryConf(thrift.NewTTransportFactory(), config)
	header   = thrift.NewTHeaderTransportFactoryConf(thrift.NewTTransportFactory(), config)
	binary   = thrift.NewTBinaryProtocolFactoryConf(config)
	compact  = thrift.NewTCompactProtocolFactoryConf(config)
	json     = thrift.NewTJSONProtocolFactory()

	// oldForm reads every envelope and writes those without a version.
	oldForm = thrift.NewTBinaryProtocolFactoryConf(&thrift.TConfiguration{TBinaryStrictWrite: new(bool)})
)

// serve starts all servers.
func serve(dir, certificate, key string) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return err
	}
	secure := &tls.Config{Certificates: []tls.Certificate{pair}}
	handler := thrifttest.NewThriftTestProcessor(newHandler())
	for name, k := range map[string]kind{
		"APACHE_BUFFERED":         {buffered, binary, handler},
		"APACHE_FRAMED":           {framed, binary, handler},
		"APACHE_COMPACT":          {framed, compact, handler},
		"APACHE_COMPACT_BUFFERED": {buffered, compact, handler},
		"APACHE_JSON":             {framed, json, handler},
		"APACHE_JSON_BUFFERED":    {buffered, json, handler},
		"APACHE_OLD":              {framed, oldForm, handler},
		"APACHE_HEADER":           {header, thrift.NewTHeaderProtocolFactoryConf(config), handler},
		"APACHE_MULTIPLEX":        {framed, binary, multiplexed(handler)},
		"APACHE_TLS":              {framed, binary, handler},
		"APACHE_UNIX":             {framed, binary, handler},
	} {
		l, err := listen(name, dir, secure)
		if err != nil {
			return err
		}
		server := thrift.NewTSimpleServer4(k.processor, acceptor{l}, k.transport, k.protocol)
		go func() { _ = server.Serve() }()
	}
	return serveHTTP(handler, secure)
}

// listen listens where the name says, and prints it.
func listen(name, dir string, secure *tls.Config) (net.Listener, error) {
	if name == "APACHE_UNIX" {
		path := filepath.Join(dir, "apache.sock")
		fmt.Fprintf(os.Stdout, "%s=unix://%s\n", name, path)
		return net.Listen("unix", path)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stdout, "%s=%s\n", name, l.Addr())
	if name == "APACHE_TLS" || name == "APACHE_HTTPS" {
		l = tls.NewListener(l, secure)
	}
	return l, nil
}

// multiplexed are two services of which the method's name says which is meant.
func multiplexed(handler thrift.TProcessor) thrift.TProcessor {
	m := thrift.NewTMultiplexedProcessor()
	m.RegisterProcessor("ThriftTest", handler)
	m.RegisterProcessor("SecondService", thrifttest.NewSecondServiceProcessor(second{}))
	return m
}

// serveHTTP serves binary on every path but /compact and /json.
func serveHTTP(handler thrift.TProcessor, secure *tls.Config) error {
	mux := http.NewServeMux()
	for path, protocol := range map[string]thrift.TProtocolFactory{"/": binary, "/compact": compact, "/json": json} {
		mux.HandleFunc("POST "+path, withHeaders(thrift.NewThriftHandlerFunc(handler, protocol, protocol)))
	}
	for _, name := range []string{"APACHE_HTTP", "APACHE_HTTPS"} {
		l, err := listen(name, "", secure)
		if err != nil {
			return err
		}
		go func() { _ = http.Serve(l, mux) }()
	}
	return nil
}

// acceptor is a listener as the library wants it.
type acceptor struct{ net.Listener }

func (acceptor) Listen() error { return nil }

func (a acceptor) Interrupt() error { return a.Close() }

func (a acceptor) Accept() (thrift.TTransport, error) {
	conn, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return thrift.NewTSocketFromConnConf(conn, config), nil
}

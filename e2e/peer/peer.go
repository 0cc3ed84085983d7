// Package peer runs the servers that the scripts call: grpc-go, connect-go and
// grpc-js, Kitex and Apache Thrift, servers that break off, and servers that are none.
//
// kitexgen and apachegen are generated: their generate.sh say how.
package peer

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Peers are running servers.
type Peers struct {
	// Env has the address of each server, and where files are.
	Env map[string]string

	schema    *schema
	journal   *journal
	authority *authority
	dir       string
	programs  map[string]*program

	builtKitex func() (string, error) // builds it once: several processes run it

	mu      sync.Mutex // guards closers
	closers []func()
}

// Start starts all servers but Node's and those that Using starts. idl is the
// folder of their IDL, shared the folder of the IDL that unit tests use too.
func Start(idl, shared string) (p *Peers, err error) {
	p = &Peers{Env: map[string]string{}, journal: newJournal(), programs: newPrograms()}
	p.builtKitex = sync.OnceValues(func() (string, error) { return p.withCertificate("kitexpeer") })
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.dir, err = os.MkdirTemp("", "peer"); err != nil {
		return p, err
	}
	p.atEnd(func() { _ = os.RemoveAll(p.dir) })
	if p.schema, err = compile(context.Background(), idl); err != nil {
		return p, err
	}
	if p.authority, err = newAuthority(p.dir); err != nil {
		return p, err
	}
	if _, err = p.authority.issue("client"); err != nil {
		return p, err
	}
	if err = p.writeInterop(); err != nil {
		return p, err
	}
	p.Env["IDL"], p.Env["CERTS"], p.Env["SERVER_NAME"] = idl, p.dir, ServerName
	p.Env["THRIFT"], p.Env["PROTO"] = filepath.Join(shared, "thrift"), filepath.Join(shared, "proto")
	for _, start := range []func() error{
		p.startGRPC, p.startReflections, p.startChanging, p.startGreeter, p.startWeb, p.startConnect, p.startWebFaults, p.startFaults, p.startWrong, p.startThriftFaults,
		p.startStreamFaults, p.startGRPCThriftFaults,
	} {
		if err = start(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// writeInterop writes the IDL of the interop services, of which there is no
// source, as a descriptor set.
func (p *Peers) writeInterop() error {
	set, err := p.schema.set("grpc.testing.TestService", "e2e.Calls")
	if err != nil {
		return err
	}
	p.Env["INTEROP"] = filepath.Join(p.dir, "interop.binpb")
	return os.WriteFile(p.Env["INTEROP"], set, 0o600)
}

// atEnd has Close call do.
func (p *Peers) atEnd(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closers = append(p.closers, do)
}

// Close ends all servers.
func (p *Peers) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range slices.Backward(p.closers) {
		v()
	}
	p.closers = nil
}

// listen serves on a free port of the loopback interface, known as name.
func (p *Peers) listen(name string, serve func(net.Listener)) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.serve(name, l.Addr().String(), l, serve)
	return nil
}

func (p *Peers) serve(name, address string, l net.Listener, serve func(net.Listener)) {
	p.Env[name] = address
	p.atEnd(func() { l.Close() })
	go serve(l)
}

// listenTLS is listen with TLS.
func (p *Peers) listenTLS(name string, serve func(net.Listener), protocols ...string) error {
	config, err := p.authority.serverTLS(false, protocols...)
	if err != nil {
		return err
	}
	return p.listen(name, func(l net.Listener) { serve(tls.NewListener(l, config)) })
}

// startGRPC starts grpc-go on each kind of connection.
func (p *Peers) startGRPC() error {
	plain, err := p.grpcServer(nil)
	if err != nil {
		return err
	}
	p.register(plain, reflects{v1: true, v1alpha: true})
	serve := func(l net.Listener) { _ = plain.Serve(l) }
	if err := p.listen("GRPC", serve); err != nil {
		return err
	}
	for name, address := range map[string]string{
		"GRPC_UNIX": filepath.Join(p.dir, "grpc.sock"), "GRPC_ABSTRACT": fmt.Sprintf("@idlcall-e2e-%d", os.Getpid()),
	} {
		l, err := net.Listen("unix", address)
		if err != nil {
			return err
		}
		p.serve(name, "unix:"+strings.Replace(address, p.dir, "//"+p.dir, 1), l, serve)
	}
	for name, mutual := range map[string]bool{"GRPC_TLS": false, "GRPC_MTLS": true} {
		config, err := p.authority.serverTLS(mutual)
		if err != nil {
			return err
		}
		s, err := p.grpcServer(config)
		if err != nil {
			return err
		}
		p.register(s, reflects{v1: true})
		if err := p.listen(name, func(l net.Listener) { _ = s.Serve(l) }); err != nil {
			return err
		}
	}
	return nil
}

// startReflections starts servers that differ in the reflection they offer.
func (p *Peers) startReflections() error {
	for name, r := range map[string]reflects{
		"GRPC_V1": {v1: true}, "GRPC_V1ALPHA": {v1alpha: true}, "GRPC_NOREFLECT": {},
	} {
		s, err := p.grpcServer(nil)
		if err != nil {
			return err
		}
		p.register(s, r)
		if err := p.listen(name, func(l net.Listener) { _ = s.Serve(l) }); err != nil {
			return err
		}
	}
	s, err := p.grpcServer(nil)
	if err != nil {
		return err
	}
	p.registerIncomplete(s, "common/color.proto")
	if err := p.listen("GRPC_INCOMPLETE", func(l net.Listener) { _ = s.Serve(l) }); err != nil {
		return err
	}
	broken, err := p.grpcServer(nil)
	if err != nil {
		return err
	}
	p.registerBroken(broken, "a.Gone", "z.Gone")
	if err := p.listen("GRPC_BROKEN", func(l net.Listener) { _ = broken.Serve(l) }); err != nil {
		return err
	}
	slow, err := p.grpcServer(nil)
	if err != nil {
		return err
	}
	p.registerSlow(slow)
	if err := p.listen("GRPC_SLOW", func(l net.Listener) { _ = slow.Serve(l) }); err != nil {
		return err
	}
	return p.startFronts()
}

func (p *Peers) startWeb() error {
	h := p.webHandler(1 << 10)
	err := p.listen("WEB_GZIP", func(l net.Listener) { http1(l, p.webHandler(0)) })
	if err != nil {
		return err
	}
	if err := p.listen("WEB", func(l net.Listener) { http1(l, h) }); err != nil {
		return err
	}
	if err := p.listenTLS("WEB_TLS", func(l net.Listener) { http1(l, h) }, "http/1.1"); err != nil {
		return err
	}
	if err := p.listen("WEB_H2", func(l net.Listener) { http2Cleartext(l, h) }); err != nil {
		return err
	}
	return p.listenHTTPS("WEB_TLS_H2", h)
}

// listenHTTPS serves HTTP/2 and HTTP/1.1 over TLS.
func (p *Peers) listenHTTPS(name string, h http.Handler) error {
	config, err := p.authority.serverTLS(false, "h2", "http/1.1")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, TLSConfig: config}
	return p.listen(name, func(l net.Listener) { _ = server.ServeTLS(l, "", "") })
}

func (p *Peers) startFaults() error {
	for name, do := range faults {
		serve := func(l net.Listener) { p.scripted(l, do) }
		if err := p.listen("FAULT_"+name, serve); err != nil {
			return err
		}
		if err := p.listenTLS("FAULT_"+name+"_TLS", serve, "h2"); err != nil {
			return err
		}
	}
	return nil
}

// startWrong starts what is no gRPC server, and proxies to those that are.
func (p *Peers) startWrong() error {
	for name, serve := range map[string]func(net.Listener){
		"SILENT":    func(l net.Listener) { greeter(l, "") },
		"GARBAGE":   func(l net.Listener) { greeter(l, "\x01\x02\x03\xfe\xff\x00 no protocol at all \x00\x00\x00") },
		"PROXY":     p.connectProxy,
		"SOCKS":     socks5Proxy,
		"SSH":       func(l net.Listener) { greeter(l, "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") },
		"REDIS":     func(l net.Listener) { replier(l, "-ERR unknown command\r\n") },
		"CLOSER":    func(l net.Listener) { closer(l, false) },
		"RESETTER":  func(l net.Listener) { closer(l, true) },
		"HTTP1_400": func(l net.Listener) { http1(l, page(http.StatusBadRequest)) },
		"HTTP1_404": func(l net.Listener) { http1(l, page(http.StatusNotFound)) },
		"HTTP2_404": func(l net.Listener) { http2Cleartext(l, page(http.StatusNotFound)) },
		"HTTP2_502": func(l net.Listener) { http2Cleartext(l, page(http.StatusBadGateway)) },
	} {
		if err := p.listen(name, serve); err != nil {
			return err
		}
	}
	return p.reserve("REFUSED")
}

// reserve takes an address at which nothing listens, and keeps it from those that
// start later: it is the client's end of a connection.
func (p *Peers) reserve(name string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p.atEnd(func() { l.Close() })
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	p.atEnd(func() { conn.Close() })
	p.Env[name] = conn.LocalAddr().String()
	return nil
}

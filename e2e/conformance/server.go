package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/stream"
)

// server is pkg/serve as the suite tests it
// (connectrpc/conformance:docs/testing_servers.md).
type server struct{ schema }

// serverConfig is a ServerCompatRequest.
type serverConfig struct {
	UseTLS              bool `json:"useTls"`
	ClientTLSCert       []byte
	MessageReceiveLimit int64
	ServerCreds         credentials
}

// serverAt is a ServerCompatResponse.
type serverAt struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`
	PEMCert []byte `json:"pemCert,omitempty"`
}

// serveSuite reads how the server is to be, tells where it is, and answers until a signal comes.
func serveSuite(protos string) error {
	s := &suite{}
	var err error
	if s.schema, err = load(protos); err != nil {
		return err
	}
	var config serverConfig
	if err := s.read("ServerCompatRequest", &config); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	served := &server{s.schema}
	srv := &serve.Server{Find: served.find, MaxMessage: config.MessageReceiveLimit}
	at := serverAt{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	if config.UseTLS {
		if srv.TLS, err = config.tls(); err != nil {
			return err
		}
		at.PEMCert = config.ServerCreds.Cert
	}
	text, err := json.Marshal(at)
	if err != nil {
		return err
	}
	wire, err := s.toWire("ServerCompatResponse", text)
	if err != nil {
		return err
	}
	_, _ = os.Stdout.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(wire))), wire...))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return srv.Serve(ctx, l)
}

func (c *serverConfig) tls() (*tls.Config, error) {
	cert, err := tls.X509KeyPair(c.ServerCreds.Cert, c.ServerCreds.Key)
	if err != nil {
		return nil, err
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	if len(c.ClientTLSCert) > 0 {
		t.ClientCAs, t.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		t.ClientCAs.AppendCertsFromPEM(c.ClientTLSCert)
	}
	return t, nil
}

// definition says how a call is to be answered: those of one reply and of a stream in one.
type definition struct {
	ResponseHeaders, ResponseTrailers []header
	ResponseData                      json.RawMessage // bytes, or a list of them
	ResponseDelayMS                   int             `json:"responseDelayMs"`
	Error                             *struct {
		Code    string
		Message string
		Details []json.RawMessage
	}
}

func (s *server) find(m *stream.Method) (serve.Handler, error) {
	if m.Service != pkg+".ConformanceService" {
		return nil, nil
	}
	get := m.NoSideEffects
	run := func(one bool, answer func(x *dialogue) error) serve.Handler {
		return func(ctx context.Context, st serve.ServerStream) error {
			if isStream := m.Type != stream.Unary; one && get && m.Name != "IdempotentUnary" {
				return serve.ErrSideEffects
			} else if !one && !isStream {
				return serve.ErrStreams
			}
			return answer(&dialogue{server: s, ctx: ctx, st: st, method: st.Method()})
		}
	}
	switch m.Name {
	case "Unary", "IdempotentUnary":
		return run(true, (*dialogue).single), nil
	case "ClientStream":
		return run(false, (*dialogue).single), nil
	case "ServerStream":
		return run(false, (*dialogue).several), nil
	case "BidiStream":
		return run(false, (*dialogue).both), nil
	}
	return nil, nil
}

// dialogue is one RPC.
type dialogue struct {
	*server

	ctx      context.Context
	st       serve.ServerStream
	method   stream.Method
	def      definition
	duplex   bool
	requests []json.RawMessage // as google.protobuf.Any
}

// recv takes a request.
func (x *dialogue) recv() error {
	body, err := x.st.Recv()
	if err != nil {
		return err
	}
	return x.take(body)
}

// recvOnly takes the request of a method that has but one.
func (x *dialogue) recvOnly() error {
	body, err := serve.RecvOnly(x.st)
	if err != nil {
		return err
	}
	return x.take(body)
}

// take reads a request; the first one has the definition.
func (x *dialogue) take(body []byte) (err error) {
	name := x.method.Name + "Request"
	if x.method.Protocol == stream.JSON {
		if body, err = x.toWire(name, body); err != nil {
			return &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
		}
	}
	text, err := x.toJSON(name, body)
	if err != nil {
		return &stream.Status{Code: stream.InvalidArgument, Message: err.Error()}
	}
	var in map[string]json.RawMessage
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	if len(x.requests) == 0 {
		if raw := in["responseDefinition"]; raw != nil {
			if err := json.Unmarshal(raw, &x.def); err != nil {
				return err
			}
		}
		x.duplex = string(in["fullDuplex"]) == "true"
	}
	in["@type"], _ = json.Marshal("type.googleapis.com/" + pkg + "." + name)
	packed, err := json.Marshal(in)
	x.requests = append(x.requests, packed)
	return err
}

// info is a RequestInfo.
func (x *dialogue) info(withHeader bool) map[string]any {
	info := map[string]any{"requests": x.requests}
	if !withHeader {
		return info
	}
	info["requestHeaders"] = given(x.st.Header())
	if at, ok := x.ctx.Deadline(); ok {
		info["timeoutMs"] = time.Until(at).Milliseconds()
	}
	if x.method.NoSideEffects {
		info["connectGetInfo"] = struct{}{}
	}
	return info
}

// given is metadata as the suite has it.
func given(md stream.Metadata) []header {
	var list []header
	for _, p := range md {
		value := p.Value
		if stream.IsBinary(p.Name) {
			value = encode64(value)
		}
		if n := len(list); n > 0 && list[n-1].Name == p.Name {
			list[n-1].Value = append(list[n-1].Value, value)
			continue
		}
		list = append(list, header{p.Name, []string{value}})
	}
	return list
}

func (x *dialogue) send(data json.RawMessage, info map[string]any) error {
	payload := map[string]any{}
	if data != nil {
		payload["data"] = data
	}
	if info != nil {
		payload["requestInfo"] = info
	}
	text, err := json.Marshal(map[string]any{"payload": payload})
	if err != nil {
		return err
	}
	if x.method.Protocol == stream.JSON {
		return x.st.Send(text)
	}
	wire, err := x.toWire(x.method.Name+"Response", text)
	if err != nil {
		return err
	}
	return x.st.Send(wire)
}

// begin sends the metadata.
func (x *dialogue) begin() error {
	err := x.st.SendHeader(metadata(x.def.ResponseHeaders))
	return errors.Join(err, x.st.SetTrailer(metadata(x.def.ResponseTrailers)))
}

func metadata(list []header) stream.Metadata {
	var md stream.Metadata
	for _, h := range list {
		for _, v := range h.Value {
			if stream.IsBinary(h.Name) {
				v = decode64(v)
			}
			md.Add(h.Name, v)
		}
	}
	return md
}

// wait is the delay before a reply.
func (x *dialogue) wait() error {
	select {
	case <-time.After(time.Duration(x.def.ResponseDelayMS) * time.Millisecond):
		return nil
	case <-x.ctx.Done():
		return x.ctx.Err()
	}
}

// fail is the error of the definition, with info among its details where nothing was sent.
func (x *dialogue) fail(info map[string]any) error {
	e := x.def.Error
	if e == nil {
		return nil
	}
	details := e.Details
	if info != nil {
		info["@type"] = "type.googleapis.com/" + pkg + ".ConformancePayload.RequestInfo"
		text, err := json.Marshal(info)
		if err != nil {
			return err
		}
		details = append(details, text)
	}
	status, err := x.status(e.Code, e.Message, details)
	if err != nil {
		return fmt.Errorf("details: %w", err)
	}
	return status
}

// recvAll takes all requests there are.
func (x *dialogue) recvAll() error {
	for {
		if err := x.recv(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// single answers Unary, IdempotentUnary and ClientStream.
func (x *dialogue) single() error {
	recv := x.recvOnly
	if x.method.Name == "ClientStream" {
		recv = x.recvAll
	}
	if err := recv(); err != nil {
		return err
	}
	if err := x.begin(); err != nil {
		return err
	}
	if err := x.wait(); err != nil {
		return err
	}
	if x.def.Error != nil {
		return x.fail(x.info(true))
	}
	return x.send(x.def.ResponseData, x.info(true))
}

// replies are those of a stream.
func (x *dialogue) replies() (list []json.RawMessage, err error) {
	if x.def.ResponseData != nil {
		err = json.Unmarshal(x.def.ResponseData, &list)
	}
	return list, err
}

// several answers ServerStream.
func (x *dialogue) several() error {
	if err := x.recvOnly(); err != nil {
		return err
	}
	return x.stream()
}

// stream sends all replies, and info with the first.
func (x *dialogue) stream() error {
	if err := x.begin(); err != nil {
		return err
	}
	list, err := x.replies()
	if err != nil {
		return err
	}
	info := x.info(true)
	for _, data := range list {
		if err := x.wait(); err != nil {
			return err
		}
		if err := x.send(data, info); err != nil {
			return err
		}
		info = nil
	}
	return x.fail(info)
}

// both answers BidiStream.
func (x *dialogue) both() error {
	err := x.recv()
	if err != nil && err != io.EOF {
		return err
	}
	if err == nil && x.duplex {
		return x.inTurn()
	}
	if err == nil {
		err = x.recvAll()
	}
	if err != nil && err != io.EOF {
		return err
	}
	return x.stream()
}

// inTurn sends a reply for each request, and the rest after the last.
func (x *dialogue) inTurn() error {
	if err := x.begin(); err != nil {
		return err
	}
	list, err := x.replies()
	if err != nil {
		return err
	}
	first, open := true, true
	for _, data := range list {
		info := map[string]any(nil)
		if open {
			info = x.info(first)
		}
		if err := x.wait(); err != nil {
			return err
		}
		if err := x.send(data, info); err != nil {
			return err
		}
		first, x.requests = false, x.requests[:0:0]
		if !open {
			continue
		}
		kept := x.def
		switch err := x.recv(); {
		case err == io.EOF:
			open = false
		case err != nil:
			return err
		}
		x.def = kept
	}
	if first {
		return x.fail(x.info(true))
	}
	return x.fail(nil)
}

package record

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync/atomic"

	"github.com/idlcall/idlcall/pkg/serve"
	"github.com/idlcall/idlcall/pkg/serve/skeleton"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// notes is told what an RPC was: messages by two goroutines, the rest by one.
type notes struct {
	message         func(isReply bool, text []byte)
	header, trailer func(stream.Metadata)
}

// forward makes an RPC of the other server, and hands on what it answers. The error is how it
// ended there, in the words of package serve.
func forward(ctx context.Context, s *session.Session, header stream.Metadata, c *skeleton.Call, noted *notes) error {
	m, err := s.Method(ctx, c.Method.FullName())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	st, err := m.Stream(ctx, carried(c.Stream, header))
	if err != nil {
		return translated(c, err)
	}
	defer st.Close()
	sending := make(chan error, 1)
	var over atomic.Bool
	go func() {
		err := send(c, st, noted)
		if over.Load() {
			err = nil // it has been stopped
		}
		sending <- err
	}()
	err = receive(c, st, noted)
	over.Store(true)
	st.Close()      // a send that is under way ends
	c.Stream.Stop() // the other server may end before the client
	if sent := <-sending; sent != nil {
		err = sent
	}
	return translated(c, err)
}

// carried takes the metadata of the client along, without what belongs to its connection.
func carried(st serve.ServerStream, header stream.Metadata) session.CallOption {
	return func(rpc *stream.Call) {
		rpc.Header = append(slices.Clip(rpc.Header), header...)
		for _, p := range st.Header() {
			if !isHop(p.Name) {
				rpc.Header = append(rpc.Header, p)
			}
		}
		transient, persistent := st.Metainfo()
		rpc.Transient = append(slices.Clip(rpc.Transient), transient...)
		rpc.Persistent = append(slices.Clip(rpc.Persistent), persistent...)
	}
}

// isHop reports whether metadata is of the connection, or says what the client is.
func isHop(name string) bool {
	switch name {
	case "user-agent", "host", "origin", "referer", "rip", "forwarded", "via", "accept-language", "connection", "pragma", "cache-control":
		return true
	}
	return len(name) > 4 && name[:4] == "sec-"
}

// send hands on the requests. Its error is the client's: what the other server makes of them,
// receive learns.
func send(c *skeleton.Call, st *session.Stream, noted *notes) error {
	recv := c.Recv
	if !c.Method.Type.ClientStreams() {
		recv = c.RecvOnly
	}
	for taken := true; taken; {
		text, err := recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			st.Close()
			return err
		}
		noted.message(false, text)
		taken = st.Send(text) == nil && c.Method.Type.ClientStreams()
	}
	_ = st.CloseSend()
	return nil
}

// receive hands on the replies.
func receive(c *skeleton.Call, st *session.Stream, noted *notes) error {
	for begun := false; ; begun = true {
		text, err := st.Recv()
		if err != nil {
			noted.trailer(free(st.Trailer()))
			_ = c.Stream.SetTrailer(free(st.Trailer()))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !begun {
			if md, err := st.Header(); err == nil && len(free(md)) > 0 {
				noted.header(free(md))
				_ = c.Stream.SendHeader(free(md)) // where the client's protocol has a place for it
			}
		}
		noted.message(true, text)
		if err := c.Send(text); err != nil {
			return err
		}
	}
}

// free is the metadata that a server may set anew.
func free(md stream.Metadata) stream.Metadata {
	var list stream.Metadata
	for _, p := range md {
		switch p.Name {
		case "content-type", "content-length", "date", "server", "trailer", "grpc-encoding", "grpc-accept-encoding", "accept-encoding", "vary":
		default:
			list = append(list, p)
		}
	}
	return list
}

// translated is how the other server ended an RPC, for a client of this one.
func translated(c *skeleton.Call, err error) error {
	if err == nil {
		return nil
	}
	if status, ok := errors.AsType[*stream.Status](err); ok {
		return status
	}
	switch o := stream.OutcomeOf(err); o.Kind {
	case stream.KindApplication:
		return &serve.ApplicationError{Type: int32(o.Code), Message: o.Message}
	case stream.KindDeclared:
		return c.Program().Raise(o.Name, o.Detail)
	case stream.KindBiz:
		biz := &serve.BizStatusError{Code: int32(o.Code), Message: o.Message}
		_ = json.Unmarshal(o.Detail, &biz.Extra)
		return biz
	case stream.KindConnection, stream.KindDeadline:
		return &stream.Status{Code: stream.Code(o.Code), Message: err.Error()}
	}
	return err
}

package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/idlcall/idlcall/pkg/session"
)

// Replies of a server that streams are lines of {"result": reply}, and an error behind
// them is {"error": status}, as in grpc-gateway.

// streamOut answers one document with a stream.
func (g *Gateway) streamOut(ctx context.Context, w *answerWriter, r *Route, document []byte, o session.CallOption) error {
	s, err := r.Method.Stream(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Send(document); err != nil && err != io.EOF {
		return asRequest(err)
	}
	if err := s.CloseSend(); err != nil && err != io.EOF {
		return err
	}
	return w.stream(s, r)
}

// streamIn sends the JSON documents of a body.
func (g *Gateway) streamIn(ctx context.Context, w *answerWriter, r *http.Request, route *Route, o session.CallOption) error {
	s, err := route.Method.Stream(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	// The server may end it before the body has come.
	sent := make(chan error, 1)
	go func() {
		err := g.sendAll(s, r)
		sent <- err
		if err != nil {
			s.Close()
		}
	}()
	defer context.AfterFunc(ctx, func() { _ = http.NewResponseController(w).SetReadDeadline(time.Now()) })()
	if route.Method.Type.ServerStreams() {
		err = w.stream(s, route)
	} else {
		err = w.single(s, route)
	}
	s.Close()
	select {
	case bad := <-sent:
		if bad != nil && err != nil {
			return bad
		}
	default: // the server has ended it, and what is still sent is for nobody
	}
	return err
}

// single answers with the one reply to a stream of requests.
func (w *answerWriter) single(s *session.Stream, r *Route) error {
	reply, err := s.Recv()
	if err != nil {
		return err
	}
	a, err := r.mapping.reply(reply, false)
	if err == nil {
		w.send(a)
	}
	return err
}

// sendAll sends each document of a body, and half-closes.
func (g *Gateway) sendAll(s *session.Stream, r *http.Request) error {
	if r.Body != nil {
		limited := &limitedReader{r: r.Body, left: g.maxBody()}
		limited.most = limited.left
		for d := json.NewDecoder(limited); ; limited.left = limited.most {
			var document json.RawMessage
			err := d.Decode(&document)
			if err == io.EOF {
				break
			}
			if is[*BodySizeError](err) {
				return err
			}
			if err != nil {
				return &RequestError{Place: "body", Message: jsonReason(err)}
			}
			if err = s.Send(document); err == io.EOF {
				return nil // receiving tells why
			}
			if err != nil {
				return asRequest(err)
			}
		}
	}
	if err := s.CloseSend(); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// limitedReader bounds one document of many.
type limitedReader struct {
	r          io.Reader
	left, most int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, &BodySizeError{l.most}
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

// stream writes replies as they come.
func (w *answerWriter) stream(s *session.Stream, r *Route) error {
	flush := http.NewResponseController(w).Flush
	for {
		reply, err := s.Recv()
		if err == io.EOF && !w.begun {
			w.beginStream(s)
		}
		if err == io.EOF {
			return nil
		}
		var a *answer
		if err == nil {
			a, err = r.mapping.reply(reply, false)
		}
		if err != nil {
			w.endStream(err)
			return err
		}
		if !w.begun {
			w.beginStream(s)
		}
		line := a.body
		if a.contentType == "" {
			line = append(append([]byte(`{"result":`), bytes.TrimSpace(a.body)...), "}\n"...)
		}
		if _, err := w.Write(line); err != nil {
			return nil //nolint:nilerr // the client is gone, which is its own affair
		}
		_ = flush()
	}
}

// beginStream writes the header of an answer.
func (w *answerWriter) beginStream(s *session.Stream) {
	if md, err := s.Header(); err == nil {
		setMetadata(w.Header(), metadataPrefix, md)
	}
	w.Header().Set("Content-Type", "application/json")
	w.begin(http.StatusOK)
}

// endStream writes an error behind replies. Where there were none it is left to the
// caller, who knows its status.
func (w *answerWriter) endStream(err error) {
	if w.begun {
		_, _ = w.Write(streamError(bodyOf(err)))
	}
}

package translate

import (
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/internal/wire/thriftwire"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// bodies change what passes in each direction.
type bodies struct{ request, reply changer }

// changer makes a body of one encoding one of another. The zero value leaves bodies as they are.
// It belongs to one goroutine at a time.
type changer struct {
	from, to thriftwire.Protocol
	wire     bool         // from and to, without IDL
	read     format.Codec // else by way of JSON, where it is set
	write    format.Codec
	lost     *int // fields of which read makes nothing
	text     []byte
	buf      []byte
}

// bodies finds out how those of a method change.
func (t *Translator) bodies(asked *stream.Method, m *session.Method) (*bodies, error) {
	theirs, ours := asked.Protocol, m.Protocol
	if theirs == ours {
		return &bodies{}, nil
	}
	if m.IsThrift() && theirs != stream.JSON && ours != stream.JSON {
		a, b := wireProtocol(theirs), wireProtocol(ours)
		return &bodies{changer{from: a, to: b, wire: true}, changer{from: b, to: a, wire: true}}, nil
	}
	if m.Input == nil {
		return nil, &Refused{m.FullName(), "JSON becomes another encoding by IDL only, and there is none"}
	}
	client, err := t.codecs(m.Method, theirs)
	if err != nil {
		return nil, err
	}
	server, err := t.codecs(m.Method, ours)
	if err != nil {
		return nil, err
	}
	return &bodies{
		changer{read: client.requests, write: server.requests, lost: &client.lost},
		changer{read: server.replies, write: client.replies, lost: &server.lost},
	}, nil
}

func wireProtocol(p stream.Protocol) thriftwire.Protocol {
	if p == stream.Compact {
		return thriftwire.Compact
	}
	return thriftwire.Binary
}

// codecs of one encoding read and write each message of a method as what it is.
type codecs struct {
	requests, replies format.Codec
	lost              int
}

func (t *Translator) codecs(m *idl.Method, p stream.Protocol) (*codecs, error) {
	c := &codecs{}
	var err error
	if c.requests, err = t.codec(m, m.Input, p, &c.lost); err != nil {
		return c, err
	}
	c.replies, err = t.codec(m, m.Output, p, &c.lost)
	return c, err
}

// codec reads and writes one message. What would get lost on the way is told to lost.
func (t *Translator) codec(m *idl.Method, message idl.Message, p stream.Protocol, lost *int) (format.Codec, error) {
	if s, ok := message.(*thrift.Struct); ok && s.Form != thrift.FormStruct { // with exceptions, as they are
		plain := *s
		plain.Form = thrift.FormStruct
		message = &plain
	}
	same := idl.Method{Method: m.Method, Input: message, Output: message}
	same.Protocol = p
	program, err := format.Compile(&same, format.Options{Skipped: func(_ string, unknown, mistyped int) { *lost += unknown + mistyped }})
	if err != nil {
		return nil, err
	}
	return program.Codec(), nil
}

// change returns a body in the other encoding, valid until the next.
func (c *changer) change(body []byte) ([]byte, error) {
	var err error
	switch {
	case c.wire:
		c.buf, err = thriftwire.Transcode(c.buf[:0], c.to, c.from, body)
	case c.read != nil:
		if c.text, err = c.read.Decode(c.text[:0], body); err == nil && *c.lost > 0 {
			return nil, &LostFieldsError{*c.lost}
		}
		if err == nil {
			c.buf, err = c.write.Encode(c.buf[:0], c.text)
		}
	default:
		return body, nil
	}
	return c.buf, err
}

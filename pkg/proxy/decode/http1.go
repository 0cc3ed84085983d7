package decode

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/proxy"
	"github.com/idlcall/idlcall/pkg/stream"
)

// h1 is a connection of HTTP/1 (RFC 9112): requests, and their answers in the same order.
type h1 struct {
	c     *Conn
	queue []*exchange // without an answer
}

// h1Side is one direction.
type h1Side struct {
	*h1
	from  proxy.Side
	x     *exchange // whose body comes
	body  bodyForm
	left  int64 // of a body with a length, or of a chunk
	chunk chunkPart
}

// bodyForm is how the end of a body is told (RFC 9112 section 6.3).
type bodyForm uint8

const (
	noBody bodyForm = iota
	sizedBody
	chunkedBody
	closedBody // by the end of the connection
)

// chunkPart is where in a body of chunks we are.
type chunkPart uint8

const (
	chunkSize chunkPart = iota
	chunkData
	chunkEnd
	chunkTrailer
)

// maxHead bounds the lines before a body.
const maxHead = 1 << 20

func newHTTP1(c *Conn) (client, server parser) {
	h := &h1{c: c}
	return &h1Side{h1: h, from: proxy.Client}, &h1Side{h1: h, from: proxy.Server}
}

func (s *h1Side) parse(b []byte) (used, need int, err error) {
	switch s.body {
	case sizedBody, closedBody:
		n := len(b)
		if s.body == sizedBody {
			n = int(min(s.left, int64(n)))
			s.left -= int64(n)
		}
		s.x.data(s.from, b[:n])
		if s.body == sizedBody && s.left == 0 {
			s.finishBody()
		}
		return n, 0, nil
	case chunkedBody:
		return s.chunks(b)
	}
	return s.head(b)
}

// head takes the lines before a body.
func (s *h1Side) head(b []byte) (used, need int, err error) {
	if n := len(b) - len(bytes.TrimLeft(b, "\r\n")); n > 0 { // empty lines between messages
		return n, 0, nil
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		if len(b) > maxHead {
			return 0, 0, fmt.Errorf("more than %d bytes before the body", maxHead)
		}
		return 0, len(b) + 1, nil
	}
	lines := strings.Split(string(b[:end]), "\r\n")
	fields := headerFields(lines[1:])
	if s.from == proxy.Client {
		err = s.request(lines[0], fields)
	} else {
		err = s.answer(lines[0], fields)
	}
	return end + len("\r\n\r\n"), 0, err
}

// headerFields are lines as metadata, with names in lower case.
func headerFields(lines []string) stream.Metadata {
	var md stream.Metadata
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		md.Add(strings.ToLower(name), strings.Trim(value, " \t"))
	}
	return md
}

func (s *h1Side) request(line string, fields stream.Metadata) error {
	words := strings.Split(line, " ")
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/1.") {
		return errors.New("a request line that is none")
	}
	if words[0] == "CONNECT" {
		return errors.New("CONNECT: what follows is not HTTP")
	}
	if len(s.queue) >= maxCalls {
		return errors.New("too many requests without an answer")
	}
	fields = append(stream.Metadata{{Name: ":method", Value: words[0]}, {Name: ":path", Value: words[1]}}, fields...)
	s.x = newExchange(s.c, fields)
	s.queue = append(s.queue, s.x)
	return s.beginBody(fields, noBody)
}

func (s *h1Side) answer(line string, fields stream.Metadata) error {
	words := strings.SplitN(line, " ", 3)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/1.") {
		return errors.New("a status line that is none")
	}
	status, err := strconv.Atoi(words[1])
	switch {
	case err != nil:
		return errors.New("a status line without a number")
	case status == 101:
		return errors.New("101: what follows is not HTTP/1")
	case status/100 == 1:
		return nil
	case len(s.queue) == 0:
		return errors.New("an answer without a request")
	}
	s.x, s.queue = s.queue[0], s.queue[1:]
	fields = append(stream.Metadata{{Name: ":status", Value: words[1]}}, fields...)
	s.x.fields(s.from, fields, false)
	if status == 204 || status == 304 || s.x.verb == "HEAD" {
		s.finishBody()
		return nil
	}
	return s.beginBody(fields, closedBody)
}

// beginBody finds out how the body ends. otherwise is what it is where nothing says so.
func (s *h1Side) beginBody(fields stream.Metadata, otherwise bodyForm) error {
	s.body = otherwise
	if coding, ok := fields.Get("transfer-encoding"); ok {
		if !strings.EqualFold(coding, "chunked") {
			return fmt.Errorf("transfer-encoding %q", coding)
		}
		s.body, s.chunk = chunkedBody, chunkSize
		return nil
	}
	if length, ok := fields.Get("content-length"); ok {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("content-length %q", length)
		}
		s.body, s.left = sizedBody, n
		if n == 0 {
			s.body = noBody
		}
	}
	if s.body == noBody {
		s.finishBody()
	}
	return nil
}

// finishBody ends one side of an exchange.
func (s *h1Side) finishBody() {
	s.x.end(s.from)
	s.x, s.body = nil, noBody
}

// maxLine bounds the line before a chunk, and those of a trailer together.
const maxLine = 64 << 10

// chunks takes what it can of a body of chunks (RFC 9112 section 7.1).
func (s *h1Side) chunks(b []byte) (used, need int, err error) {
	if s.chunk == chunkData {
		n := int(min(s.left, int64(len(b))))
		s.x.data(s.from, b[:n])
		if s.left -= int64(n); s.left == 0 {
			s.chunk = chunkEnd
		}
		return n, 0, nil
	}
	end := bytes.Index(b, []byte("\r\n"))
	switch {
	case end < 0 && len(b) > maxLine:
		return 0, 0, fmt.Errorf("a line of more than %d bytes in a body of chunks", maxLine)
	case end < 0:
		return 0, len(b) + 1, nil
	}
	line := string(b[:end])
	switch s.chunk {
	case chunkEnd:
		s.chunk = chunkSize
		if line != "" {
			return 0, 0, errors.New("a chunk that is longer than it says")
		}
	case chunkTrailer:
		return s.trailer(b)
	default:
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(strings.TrimSpace(size), 16, 64)
		if err != nil || n < 0 {
			return 0, 0, errors.New("a chunk without a length")
		}
		s.left, s.chunk = n, chunkData
		if n == 0 {
			s.chunk = chunkTrailer
		}
	}
	return end + len("\r\n"), 0, nil
}

// trailer takes the fields behind the last chunk.
func (s *h1Side) trailer(b []byte) (used, need int, err error) {
	if bytes.HasPrefix(b, []byte("\r\n")) {
		s.finishBody()
		return len("\r\n"), 0, nil
	}
	end := bytes.Index(b, []byte("\r\n\r\n"))
	switch {
	case end < 0 && len(b) > maxLine:
		return 0, 0, fmt.Errorf("a trailer of more than %d bytes", maxLine)
	case end < 0:
		return 0, len(b) + 1, nil
	}
	s.x.fields(s.from, headerFields(strings.Split(string(b[:end]), "\r\n")), true)
	s.finishBody()
	return end + len("\r\n\r\n"), 0, nil
}

// lost can be put up with inside of a body, or of a chunk.
func (s *h1Side) lost(_ []byte, n int64) (int64, bool) {
	inside := s.body == closedBody || (s.body == sizedBody || s.body == chunkedBody && s.chunk == chunkData) && s.left >= n
	if !inside {
		return 0, false
	}
	s.x.lost(s.from)
	if s.body == closedBody {
		return 0, true
	}
	if s.left -= n; s.left == 0 {
		if s.chunk = chunkEnd; s.body == sizedBody {
			s.finishBody()
		}
	}
	return 0, true
}

// ended ends a body that lasts as long as the connection.
func (s *h1Side) ended([]byte) {
	if s.body == closedBody {
		s.finishBody()
	}
}

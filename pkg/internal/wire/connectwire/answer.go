package connectwire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/internal/wire/protowalk"
)

// httpStatus of each code, from 1 (connectrpc.com/docs/protocol, "Error codes").
var httpStatus = [...]int{
	1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400, 12: 501, 13: 500, 14: 503, 15: 500, 16: 401,
}

// HTTPStatus is that of a unary answer which is an error; 500 for numbers without a name.
func HTTPStatus(code uint32) int {
	if code == 0 || int64(code) >= int64(len(httpStatus)) {
		return 500
	}
	return httpStatus[code]
}

// ParseTimeout reads a value of HeaderTimeout: at most ten digits.
func ParseTimeout(s string) (time.Duration, error) {
	ms, err := strconv.ParseUint(s, 10, 63)
	if err != nil || ms > maxTimeout {
		return 0, fmt.Errorf("timeout %.20q is not one to ten digits", s)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// plainDetail is a detail as JSON.
type plainDetail struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// plainError is an error as JSON.
type plainError struct {
	Code    string        `json:"code"`
	Message string        `json:"message,omitempty"`
	Details []plainDetail `json:"details,omitempty"`
}

func (e *Error) plain() *plainError {
	name := CodeName(e.Code)
	if name == "" {
		name = "unknown"
	}
	p := &plainError{Code: name, Message: e.Message}
	for _, d := range e.Details {
		p.Details = append(p.Details, plainDetail{d.Type, base64.RawStdEncoding.EncodeToString(d.Value)})
	}
	return p
}

// AppendError appends the error as the body of a unary answer.
func (e *Error) AppendError(dst []byte) []byte {
	text, _ := json.Marshal(e.plain()) // strings always can be
	return append(dst, text...)
}

// AppendEnd appends the body of the message that ends a stream; e is nil where it ended
// well.
func AppendEnd(dst []byte, e *Error, trailer []Pair) []byte {
	var end struct {
		Error    *plainError         `json:"error,omitempty"`
		Metadata map[string][]string `json:"metadata,omitempty"`
	}
	if e != nil {
		end.Error = e.plain()
	}
	for _, p := range trailer {
		if end.Metadata == nil {
			end.Metadata = map[string][]string{}
		}
		end.Metadata[p.Name] = append(end.Metadata[p.Name], p.Value)
	}
	text, _ := json.Marshal(end)
	return append(dst, text...)
}

var errNoStatus = errors.New("the details are no google.rpc.Status")

// ParseStatus reads the details of an encoded google.rpc.Status, as AppendStatus writes it.
func ParseStatus(status []byte) ([]Detail, error) {
	var details []Detail
	err := protowalk.Fields(status, errNoStatus, func(n protowire.Number, value []byte, _ uint64) error {
		if n != 3 || value == nil {
			return nil
		}
		var d Detail
		err := protowalk.Fields(value, errNoStatus, func(n protowire.Number, value []byte, _ uint64) error {
			switch {
			case value == nil: // neither of them
			case n == 1:
				d.Type = string(value[bytes.LastIndexByte(value, '/')+1:])
			case n == 2:
				d.Value = value
			}
			return nil
		})
		details = append(details, d)
		return err
	})
	return details, err
}

// Asked is what the query of a GET asks for.
type Asked struct {
	Codec    string // "proto", "json"
	Encoding string // of the message; empty for none
	Message  []byte
}

// ParseQuery reads the query of a GET. ok is false where it is no request of Connect.
func ParseQuery(q url.Values) (a Asked, ok bool, err error) {
	if !q.Has("message") || !q.Has("encoding") {
		return a, false, nil
	}
	if v := q.Get("connect"); v != "" && v != "v"+Version {
		return a, true, fmt.Errorf("connect=%.20q in the query, where v%s is known", v, Version)
	}
	a.Codec, a.Encoding = q.Get("encoding"), q.Get("compression")
	text := q.Get("message")
	if q.Get("base64") != "1" {
		a.Message = []byte(text)
		return a, true, nil
	}
	for len(text) > 0 && text[len(text)-1] == '=' {
		text = text[:len(text)-1]
	}
	if a.Message, err = base64.RawURLEncoding.DecodeString(text); err != nil {
		return a, true, fmt.Errorf("the message in the query is not base64: %w", err)
	}
	return a, true, nil
}

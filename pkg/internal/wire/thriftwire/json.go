package thriftwire

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// jsonVersion is the first element of a JSON message.
const jsonVersion = 1

func appendJSON(dst []byte, e Envelope, body []byte) []byte {
	dst = append(dst, '[', '0'+jsonVersion, ',')
	quoted, _ := json.Marshal(e.Name) // strings always can be
	dst = append(dst, quoted...)
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, uint64(e.Type), 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(e.Seq), 10)
	dst = append(dst, ',')
	dst = append(dst, body...)
	return append(dst, ']')
}

// parseJSON takes [1,"name",type,seq,body] apart. The body is not looked into:
// only its brackets and strings count.
func parseJSON(b []byte) (Message, error) {
	var s jsonScan
	end, done, err := s.scan(b, 0)
	if err != nil {
		return Message{}, err
	}
	if !done {
		return Message{}, truncated(len(b), "the JSON message is cut short")
	}
	parts, starts := jsonElements(b[:end])
	if len(parts) != 5 {
		return Message{}, &Error{Reason: fmt.Sprintf("the JSON message is an array of %d, want 5", len(parts))}
	}
	if v, err := strconv.Atoi(string(parts[0])); err != nil || v != jsonVersion {
		return Message{}, &Error{Offset: starts[0], Reason: fmt.Sprintf("the JSON message has version %.20q, want 1", parts[0])}
	}
	var m Message
	if err := json.Unmarshal(parts[1], &m.Name); err != nil || parts[1][0] != '"' {
		return Message{}, &Error{Offset: starts[1], Reason: fmt.Sprintf("the method name is %.20q, not a JSON string", parts[1])}
	}
	typ, err1 := strconv.ParseUint(string(parts[2]), 10, 8)
	if err1 != nil {
		return Message{}, &Error{Offset: starts[2], Reason: fmt.Sprintf("the message type is %.20q", parts[2])}
	}
	seq, err1 := strconv.ParseInt(string(parts[3]), 10, 32)
	if err1 != nil {
		return Message{}, &Error{Offset: starts[3], Reason: fmt.Sprintf("the sequence id is %.20q", parts[3])}
	}
	if len(parts[4]) == 0 {
		return Message{}, &Error{Offset: starts[4], Reason: "the JSON message has no body"}
	}
	m.Type, m.Seq, m.Body, m.Rest = MessageType(typ), int32(seq), parts[4], b[end:]
	return m, nil
}

// jsonElements splits a whole array, without the space around its elements. An
// array of more than 6 is not split further.
func jsonElements(b []byte) (parts [][]byte, starts []int) {
	depth, start, quoted := 0, 0, false
	cut := func(end int) {
		for start < end && isSpace(b[start]) {
			start++
		}
		for end > start && isSpace(b[end-1]) {
			end--
		}
		parts, starts = append(parts, b[start:end]), append(starts, start)
	}
	for i := 0; i < len(b) && len(parts) < 6; i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth == 1 {
				start = i + 1
			}
		case c == ']' || c == '}':
			if depth--; depth == 0 {
				cut(i)
			}
		case c == ',' && depth == 1:
			cut(i)
			start = i + 1
		}
	}
	return parts, starts
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// jsonScan finds the end of a JSON array in a text that grows.
type jsonScan struct {
	depth           int
	quoted, escaped bool
}

// scan goes on at pos and returns how far it came.
func (s *jsonScan) scan(b []byte, pos int) (end int, done bool, err error) {
	for ; pos < len(b); pos++ {
		c := b[pos]
		if s.depth == 0 && c != '[' {
			if isSpace(c) {
				continue
			}
			return pos, false, &Error{Offset: pos, Reason: fmt.Sprintf("a JSON message begins with [, not %q", c)}
		}
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted && c == '\\':
			s.escaped = true
		case c == '"':
			s.quoted = !s.quoted
		case s.quoted:
		case c == '[' || c == '{':
			s.depth++
		case c == ']' || c == '}':
			if s.depth--; s.depth == 0 {
				return pos + 1, true, nil
			}
		}
	}
	return pos, false, nil
}

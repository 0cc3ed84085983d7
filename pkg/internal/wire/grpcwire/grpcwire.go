// Package grpcwire is the part of gRPC that sits inside HTTP/2 (or, as gRPC-Web,
// inside HTTP): the message prefix, the timeout, the status message and the
// binary metadata. Plain functions over bytes, no I/O.
//
// A message on the wire (gRPC doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message"):
//
//	offset 0  flags   1 byte   bit 0: the body is compressed as grpc-encoding says;
//	                           bit 7: gRPC-Web only, the body is a trailer block
//	offset 1  length  4 bytes  big endian, of the body
//	offset 5  body
package grpcwire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// PrefixLen is the size of the prefix of every message.
const PrefixLen = 5

// Flags of the prefix. The gRPC-Web one is of gRPC doc/PROTOCOL-WEB.md.
const (
	FlagCompressed byte = 0x01
	FlagTrailer    byte = 0x80
)

// AppendPrefix appends the prefix of a body of n bytes.
func AppendPrefix(dst []byte, flags byte, n uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, flags), n)
}

// ParsePrefix reads a prefix; b must have at least PrefixLen bytes. It judges
// neither the flags nor the length.
func ParsePrefix(b []byte) (flags byte, n uint32) {
	return b[0], binary.BigEndian.Uint32(b[1:PrefixLen])
}

// maxTimeoutDigits is the length limit of TimeoutValue.
const maxTimeoutDigits = 99999999

// timeoutUnits are those of TimeoutUnit, finest first.
var timeoutUnits = [...]struct {
	unit time.Duration
	name byte
}{
	{time.Nanosecond, 'n'},
	{time.Microsecond, 'u'},
	{time.Millisecond, 'm'},
	{time.Second, 'S'},
	{time.Minute, 'M'},
	{time.Hour, 'H'},
}

// AppendTimeout appends d as a grpc-timeout value, in the finest unit in which
// at most eight digits hold it, rounded up so that the peer never gives up
// before we do. A d that has passed becomes "1n": zero is not a valid value.
func AppendTimeout(dst []byte, d time.Duration) []byte {
	if d <= 0 {
		return append(dst, "1n"...)
	}
	for _, u := range timeoutUnits {
		n := d / u.unit
		if d%u.unit > 0 {
			n++
		}
		if n <= maxTimeoutDigits {
			return append(fmt.Appendf(dst, "%d", int64(n)), u.name)
		}
	}
	return append(dst, "99999999H"...)
}

// ParseTimeout reads a grpc-timeout value. Values beyond what a Duration holds
// become its maximum.
func ParseTimeout(s string) (time.Duration, error) {
	if len(s) < 2 || len(s) > 9 {
		return 0, fmt.Errorf("timeout %.20q is not one to eight digits and a unit", s)
	}
	var n int64
	for _, c := range []byte(s[:len(s)-1]) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("timeout %q has a byte that is not a digit", s)
		}
		n = n*10 + int64(c-'0')
	}
	for _, u := range timeoutUnits {
		if u.name != s[len(s)-1] {
			continue
		}
		if n > math.MaxInt64/int64(u.unit) {
			return math.MaxInt64, nil
		}
		return time.Duration(n) * u.unit, nil
	}
	return 0, fmt.Errorf("timeout %q has an unknown unit", s)
}

const upperHex = "0123456789ABCDEF"

// AppendMessage appends msg percent-encoded as grpc-message carries it: bytes
// outside the printable ASCII range, and the percent sign, become %XX.
func AppendMessage(dst []byte, msg string) []byte {
	for _, c := range []byte(msg) {
		if c >= ' ' && c <= '~' && c != '%' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
	}
	return dst
}

// ParseMessage decodes a grpc-message. The specification asks not to discard
// a message for wrong encoding, so a percent sign that no two hexadecimal digits
// follow stands for itself, and invalid UTF-8 becomes U+FFFD.
func ParseMessage(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := unhex(s[i+1]), unhex(s[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// AppendBinary appends the value of a "-bin" header in base64 without padding,
// as the specification asks of senders.
func AppendBinary(dst []byte, value string) []byte {
	return base64.RawStdEncoding.AppendEncode(dst, []byte(value))
}

// ParseBinary decodes one value of a "-bin" header, padded or not, as the
// specification asks of receivers. A header that joins values with commas must
// be split first.
func ParseBinary(s string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil, fmt.Errorf("binary value %.40q is not base64: %w", s, err)
	}
	return b, nil
}

// Field is one line of a trailer block.
type Field struct{ Name, Value string }

// AppendTrailer appends one line to a gRPC-Web trailer block, which is an
// HTTP/1 header block without the empty line (gRPC doc/PROTOCOL-WEB.md).
func AppendTrailer(dst []byte, name, value string) []byte {
	dst = append(append(dst, name...), ": "...)
	return append(append(dst, value...), "\r\n"...)
}

var errNoColon = errors.New("trailer line without a colon")

// ParseTrailers reads a gRPC-Web trailer block. Names become lower case; line
// ends may be CR LF or LF, and the last may be absent; empty lines are skipped.
func ParseTrailers(block []byte) ([]Field, error) {
	var fields []Field
	for line := range strings.Lines(string(block)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%w: %.60q", errNoColon, line)
		}
		fields = append(fields, Field{
			Name:  strings.ToLower(strings.TrimSpace(name)),
			Value: strings.TrimSpace(value),
		})
	}
	return fields, nil
}

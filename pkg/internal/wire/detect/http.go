package detect

import (
	"bytes"
	"slices"
)

// IsTLS checks for a record header (RFC 8446 section 5.1): a content type from 20 to 23,
// then version 3.x.
func IsTLS(b []byte) bool {
	return len(b) >= 3 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4
}

// TLSAlert is the level and the description of an alert (RFC 8446 section 6).
func TLSAlert(b []byte) (level, description byte, ok bool) {
	const alert = 21
	if !IsTLS(b) || b[0] != alert || len(b) < 7 {
		return 0, 0, false
	}
	return b[5], b[6], true
}

// IsSettings checks for the header of a SETTINGS frame, with which a server begins
// HTTP/2 (RFC 9113 section 3.4).
func IsSettings(b []byte) bool {
	if len(b) < 9 {
		return len(b) >= 5 && b[0] == 0 && b[3] == 4 && b[4] == 0
	}
	length := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	return length%6 == 0 && length <= 1<<14 && b[3] == 4 && b[4] == 0 && bytes.Equal(b[5:9], make([]byte, 4))
}

// IsHTTP1Answer checks for the status line of HTTP/1.
func IsHTTP1Answer(b []byte) bool { return bytes.HasPrefix(b, []byte("HTTP/")) }

// IsSSH checks for the greeting of SSH (RFC 4253 section 4.2).
func IsSSH(b []byte) bool { return bytes.HasPrefix(b, []byte("SSH-")) }

// isHTTP1 checks for a method of RFC 9110 section 9 or PATCH, as far as four bytes go. As the
// length of a frame these would be more than a gigabyte.
func isHTTP1(b []byte) bool {
	methods := [...]string{"GET ", "HEAD", "POST", "PUT ", "DELE", "CONN", "OPTI", "TRAC", "PATC"}
	return slices.ContainsFunc(methods[:], func(m string) bool { return begins(b, m) })
}

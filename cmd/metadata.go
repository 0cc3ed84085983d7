package cmd

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/idlcall/idlcall/pkg/stream"
)

// headers turns -H values into metadata: "name: value", or "@FILE" with one on
// each line. With expand, ${NAME} stands for an environment variable.
func headers(values []string, expand bool) (stream.Metadata, error) {
	var md stream.Metadata
	for i, v := range values {
		if file, ok := strings.CutPrefix(v, "@"); ok {
			if err := headerFile(&md, file, expand); err != nil {
				return nil, err
			}
			continue
		}
		if err := header(&md, v, expand); err == errNoColon {
			return nil, usage("header %d: %w", i+1, err) // it may be a token whose name was forgotten
		} else if err != nil {
			return nil, &usageError{err: err}
		}
	}
	return md, nil
}

// httpHeaders are headers of HTTP, where the value of a -bin name is as it is written.
func httpHeaders(values []string, expand bool) (stream.Metadata, error) {
	md, err := headers(values, expand)
	for i, p := range md {
		if stream.IsBinary(p.Name) {
			md[i].Value = base64.StdEncoding.EncodeToString([]byte(p.Value))
		}
	}
	return md, err
}

// maxHeaderFile is more than any server takes.
const maxHeaderFile = 1 << 20

// headerFile reads the headers in a file.
func headerFile(md *stream.Metadata, name string, expand bool) error {
	f, err := os.Open(name)
	if err != nil {
		return &dataError{fmt.Errorf("headers: %w", err)}
	}
	defer f.Close()
	return headerLines(md, f, name, expand)
}

// headerLines reads a header from each line that is not empty or a # comment.
func headerLines(md *stream.Metadata, r io.Reader, name string, expand bool) error {
	lines := bufio.NewScanner(io.LimitReader(r, maxHeaderFile))
	size := 0
	for n := 1; lines.Scan(); n++ {
		if size += len(lines.Bytes()) + 1; size >= maxHeaderFile {
			return &dataError{fmt.Errorf("headers: %s has more than %d MiB", name, maxHeaderFile>>20)}
		}
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := header(md, line, expand); err != nil {
			return &usageError{err: fmt.Errorf("%s:%d: %w", name, n, err)}
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return &dataError{fmt.Errorf("headers: %s has a line of more than %d KiB", name, bufio.MaxScanTokenSize>>10)}
	} else if err != nil {
		return &dataError{fmt.Errorf("headers: %w", err)}
	}
	return nil
}

// errNoColon does not quote the text, which may be a credential.
var errNoColon = errors.New("want 'name: value'")

func header(md *stream.Metadata, text string, expand bool) error {
	name, value, ok := strings.Cut(text, ":")
	name = strings.TrimSpace(name) // TTHeader keeps the case; HTTP has none
	if !ok || name == "" {
		return errNoColon
	}
	value = strings.TrimSpace(value)
	if expand {
		var err error
		if value, err = expandEnv(value); err != nil {
			return fmt.Errorf("header %q: %w", name, err)
		}
	}
	if stream.IsBinary(name) {
		b, err := anyBase64(value)
		if err != nil {
			return fmt.Errorf("header %q: the value of a -bin header is base64: %w", name, err)
		}
		value = string(b)
	}
	*md = append(*md, stream.Pair{Name: name, Value: value})
	return nil
}

// expandEnv replaces ${NAME}; an unset variable is an error, since an empty
// credential is worse than none.
func expandEnv(s string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("${ without }")
		}
		value, set := os.LookupEnv(name)
		if !set {
			return "", fmt.Errorf("environment variable %s is not set", name)
		}
		b.WriteString(value)
		s = after
	}
}

// anyBase64 decodes the standard or URL alphabet, padded or not.
func anyBase64(s string) ([]byte, error) {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}

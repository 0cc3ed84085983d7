package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/gateway"
)

// httpRequestFlags say what a request is made of, in curl's words.
type httpRequestFlags struct {
	verb                string
	data, encoded, form []string
	cookies             []string
	get                 bool
}

func (f *httpRequestFlags) bind(c *cobra.Command) {
	s := c.Flags()
	s.StringVarP(&f.verb, "request", "X", "", "HTTP `METHOD` (default: GET, or POST with a body)")
	listVar(s, &f.data, "data", "d", "`DATA` of the body, JSON unless a content-type says otherwise; @FILE, or @- for stdin; several are joined with &")
	listVar(s, &f.encoded, "data-urlencode", "", "`NAME=TEXT` of a form in the body, encoded; NAME@FILE is the content of a file")
	listVar(s, &f.form, "form", "F", "`NAME=TEXT` of a form in parts; NAME=@FILE is a file")
	s.BoolVarP(&f.get, "get", "G", false, "put -d and --data-urlencode into the query, and use GET")
	listVar(s, &f.cookies, "cookie", "b", "cookie `'NAME=VALUE'`; several are separated by ;")
}

// reads reports whether a body comes from a file of this name.
func (f *httpRequestFlags) reads(name string) bool { return slices.Contains(f.data, name) }

// build makes the request. It opens files, but reads nothing from the network.
func (f *httpRequestFlags) build(ctx context.Context, std streams, text string, headers []string, expand bool) (*http.Request, error) {
	u, err := gateway.URL(text)
	if err != nil {
		return nil, usage("URL %q: %w", text, plainURL(err))
	}
	body, contentType, err := f.body(std)
	if err != nil {
		return nil, err
	}
	verb := http.MethodGet
	switch {
	case f.get && len(f.form) > 0:
		return nil, usage("--get contradicts --form")
	case f.get:
		u.RawQuery = strings.Trim(u.RawQuery+"&"+strings.TrimSpace(string(body)), "&")
		body, contentType = nil, ""
	case body != nil:
		verb = http.MethodPost
	}
	if f.verb != "" {
		verb = f.verb
	}
	r, err := http.NewRequestWithContext(ctx, verb, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, usage("--request %q: %w", verb, err)
	}
	if err := setHeaders(r, headers, expand); err != nil {
		return nil, err
	}
	for _, cookie := range f.cookies {
		r.Header.Add("Cookie", cookie)
	}
	if contentType != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r, nil
}

// plainURL is an error without the text that is told already.
func plainURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// setHeaders sets the headers of -H.
func setHeaders(r *http.Request, values []string, expand bool) error {
	md, err := httpHeaders(values, expand)
	if err != nil {
		return err
	}
	for _, p := range md {
		if strings.EqualFold(p.Name, "host") {
			r.Host = p.Value
			continue
		}
		r.Header.Add(p.Name, p.Value)
	}
	return nil
}

// body is the body with what it is; nil where there is none.
func (f *httpRequestFlags) body(std streams) (body []byte, contentType string, err error) {
	if len(f.form) > 0 {
		if len(f.data)+len(f.encoded) > 0 {
			return nil, "", usage("--form contradicts --data and --data-urlencode")
		}
		return f.multipart()
	}
	var parts [][]byte
	for _, data := range f.data {
		part := []byte(data)
		if name, isFile := strings.CutPrefix(data, "@"); isFile {
			if part, err = readBody(std, name); err != nil {
				return nil, "", err
			}
		}
		parts = append(parts, part)
	}
	for _, data := range f.encoded {
		part, err := urlEncoded(std, data)
		if err != nil {
			return nil, "", err
		}
		parts, contentType = append(parts, []byte(part)), "application/x-www-form-urlencoded"
	}
	if parts == nil {
		return nil, "", nil
	}
	return append([]byte{}, bytes.Join(parts, []byte("&"))...), contentType, nil // an empty body is one
}

// readBody reads a file, or stdin.
func readBody(std streams, name string) ([]byte, error) {
	if name == "-" || name == "" {
		content, err := io.ReadAll(std.in)
		if err != nil {
			return nil, &dataError{fmt.Errorf("body: stdin: %w", err)}
		}
		return content, nil
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, &dataError{fmt.Errorf("body: %w", err)}
	}
	return content, nil
}

// urlEncoded is curl's --data-urlencode: text, =text, name=text, @file, name@file.
func urlEncoded(std streams, data string) (string, error) {
	at := strings.IndexAny(data, "=@")
	if at < 0 {
		return url.QueryEscape(data), nil
	}
	name, value := data[:at], data[at+1:]
	if data[at] == '@' {
		content, err := readBody(std, value)
		if err != nil {
			return "", err
		}
		value = string(content)
	}
	if name == "" {
		return url.QueryEscape(value), nil
	}
	return url.QueryEscape(name) + "=" + url.QueryEscape(value), nil
}

// multipart is a form in parts.
func (f *httpRequestFlags) multipart() ([]byte, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i, text := range f.form {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" {
			return nil, "", usage("--form, value %d: want NAME=TEXT or NAME=@FILE", i+1)
		}
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			_ = w.WriteField(name, value) // to a buffer
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, "", &dataError{fmt.Errorf("body: %w", err)}
		}
		part, err := w.CreateFormFile(name, filepath.Base(file))
		if err != nil {
			return nil, "", err
		}
		_, _ = part.Write(content)
	}
	_ = w.Close()
	return b.Bytes(), w.FormDataContentType(), nil
}

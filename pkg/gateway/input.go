package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
)

// input is one HTTP request as a mapping asks it. What nobody asks for is not parsed.
type input struct {
	r      *http.Request
	params []param
	body   []byte
	kind   bodyKind

	query   url.Values
	used    map[string]bool // names of the query that a mapping knows
	fields  map[string]json.RawMessage
	form    url.Values
	files   map[string][]byte
	bodyErr error
	parsed  bool
}

// bodyKind is the form of a body.
type bodyKind uint8

const (
	bodyJSON bodyKind = iota
	bodyForm
	bodyMultipart
	bodyProtobuf
)

// newInput reads the query. serializer says what a body is whose Content-Type is not there.
func newInput(r *http.Request, body []byte, params []param, serializer string) (*input, error) {
	in := &input{r: r, params: params, body: body, used: map[string]bool{}}
	var err error
	if in.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, &RequestError{Place: "query", Message: err.Error()}
	}
	in.kind = kindOfBody(r.Header.Get("Content-Type"), serializer)
	if in.kind == bodyForm && bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		in.kind = bodyJSON // which Kitex takes it for, whatever api.serializer and curl say
	}
	return in, nil
}

// kindOfBody is the form that a Content-Type says. Others than those below are JSON, as
// curl sends it: with -d, it calls all bodies forms.
func kindOfBody(contentType, serializer string) bodyKind {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media == "" {
		media = serializer
	}
	switch media {
	case "application/x-www-form-urlencoded", "form":
		return bodyForm
	case "multipart/form-data":
		return bodyMultipart
	case "application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf", "pb", "protobuf":
		return bodyProtobuf
	}
	return bodyJSON
}

// param is the decoded value of a parameter of the path.
func (in *input) param(name string) (string, bool, error) {
	for _, p := range in.params {
		if p.name != name {
			continue
		}
		value, err := p.value()
		if err != nil {
			return "", false, &RequestError{Place: fmt.Sprintf("path parameter %q", name), Message: err.Error()}
		}
		return value, true, nil
	}
	return "", false, nil
}

// queryValues are all values of a name.
func (in *input) queryValues(name string) []string {
	in.used[name] = true
	return in.query[name]
}

// unused are the names of the query that the mapping has not asked for.
func (in *input) unused() []string {
	var list []string
	for name := range in.query {
		if !in.used[name] {
			list = append(list, name)
		}
	}
	return list
}

// parse takes the body apart by its form, once.
func (in *input) parse() error {
	if in.parsed {
		return in.bodyErr
	}
	in.parsed = true
	in.bodyErr = in.parseBody()
	return in.bodyErr
}

func (in *input) parseBody() (err error) {
	if len(bytes.TrimSpace(in.body)) == 0 {
		return nil
	}
	switch in.kind {
	case bodyForm:
		if in.form, err = url.ParseQuery(string(bytes.TrimSpace(in.body))); err != nil {
			return &RequestError{Place: "body", Message: "it is no form: " + err.Error()}
		}
		return nil
	case bodyMultipart:
		return in.parseMultipart()
	}
	in.fields, err = objectFields(in.body)
	return err
}

// maxParts is how many parts a form may have: more than forms of people have, and fewer than
// would keep a processor busy.
const maxParts = 2000

// parseMultipart reads a form in parts. Files are values, too.
func (in *input) parseMultipart() error {
	_, params, _ := mime.ParseMediaType(in.r.Header.Get("Content-Type"))
	in.form, in.files = url.Values{}, map[string][]byte{}
	parts := multipart.NewReader(bytes.NewReader(in.body), params["boundary"])
	for count := 0; ; count++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			return nil
		}
		if count == maxParts {
			return &RequestError{Place: "body", Message: fmt.Sprintf("it is a form of more than %d parts", maxParts)}
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			return &RequestError{Place: "body", Message: "it is no form in parts: " + err.Error()}
		}
		if part.FileName() != "" {
			if _, again := in.files[part.FormName()]; again {
				return &RequestError{Place: "body", Message: fmt.Sprintf("it has two files called %q", shorten(part.FormName()))}
			}
			in.files[part.FormName()] = content
			continue
		}
		in.form[part.FormName()] = append(in.form[part.FormName()], string(content))
	}
}

// objectFields takes a JSON object apart, one level.
func objectFields(text []byte) (map[string]json.RawMessage, error) {
	fail := func(err error) error {
		return &RequestError{Place: "body", Message: "it is no JSON object: " + jsonReason(err)}
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		if err == nil {
			err = fmt.Errorf("it begins with %q", bytes.TrimSpace(text)[0])
		}
		return nil, fail(err)
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fail(err)
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fail(err)
		}
		if _, twice := fields[name]; twice {
			return nil, &RequestError{Place: "body", Message: fmt.Sprintf("key %q is there twice", name)}
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fail(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, &RequestError{Place: "body", Message: "something follows the JSON object"}
	}
	return fields, nil
}

func jsonReason(err error) string {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return "it ends too early"
	}
	return err.Error()
}

package dialect

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cloudwego/gopkg/bufiox"
	"github.com/cloudwego/gopkg/protocol/thrift/base"
	"github.com/cloudwego/kitex/pkg/generic/descriptor"
	kitex "github.com/cloudwego/kitex/pkg/generic/thrift"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/serve/sample"
)

// kitexMap is Kitex's map generic client for JSON.
type kitexMap struct {
	rw     *kitex.StructReaderWriter
	method string
}

func newKitexMap(d *descriptor.ServiceDescriptor, method string, o format.MapOptions) *kitexMap {
	rw := kitex.NewStructReaderWriterForJSON(d)
	rw.SetBinaryWithBase64(o.Base64)
	rw.SetBinaryOption(o.Base64, false)
	rw.SetSetFieldsForEmptyStruct(uint8(o.EmptyStructs))
	return &kitexMap{rw, method}
}

func (k *kitexMap) request(document string, b *base.Base) ([]byte, error) {
	var v any
	d := json.NewDecoder(strings.NewReader(document))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than a document")
	}
	var body []byte
	out := bufiox.NewBytesWriter(&body)
	if err := k.rw.Write(context.Background(), out, v, k.method, true, b); err != nil {
		return nil, err
	}
	return body, out.Flush()
}

func (k *kitexMap) reply(body []byte) (any, error) {
	return k.rw.Read(context.Background(), k.method, true, len(body), bufiox.NewBytesReader(body))
}

// asJSON is a reply of Kitex's with keys as texts, which encoding/json demands.
func asJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return nil
		}
		m := map[string]any{}
		for k, e := range v {
			m[k] = asJSON(e)
		}
		return m
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = asJSON(e)
		}
		return m
	case []any:
		if v == nil {
			return nil
		}
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = asJSON(e)
		}
		return list
	case descriptor.Void:
		return nil
	case string:
		return string([]rune(v)) // each byte that is not UTF-8 becomes U+FFFD
	}
	return v
}

func sameMapRequest(t *testing.T, our ours, their *kitexMap, document string, b *base.Base) {
	t.Helper()
	want, wantErr := their.request(document, b)
	got, err := our.Encode(nil, []byte(document))
	if (err == nil) != (wantErr == nil) {
		t.Errorf("%s %q: error %v, Kitex has %v", our.Name, document, err, wantErr)
		return
	}
	// Kitex writes fields in any order: they have the same bytes, and the same values.
	if err == nil && (!sameBytes(got, want) || !sameJSON(fieldsOf(t, our, got), fieldsOf(t, our, want))) {
		t.Errorf("%s %q: %x\nKitex has %x", our.Name, document, got, want)
	}
}

// sameBytes compares without regard to order.
func sameBytes(a, b []byte) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return bytes.Equal(a, b)
}

// fieldsOf are the arguments as JSON, those that came and no others.
func fieldsOf(t *testing.T, our ours, body []byte) []byte {
	t.Helper()
	text, err := plainly(t, our.Input.(*thrift.Struct)).Decode(nil, body)
	if err != nil {
		return fmt.Appendf(nil, "%q", err)
	}
	return text
}

func sameMapReply(t *testing.T, our ours, their *kitexMap, body []byte) {
	t.Helper()
	want, wantErr := their.reply(body)
	got, err := our.Decode(nil, body)
	if (err == nil) != (wantErr == nil) {
		t.Errorf("%s %x: %s, %v\nKitex has %v, %v", our.Name, body, got, err, want, wantErr)
		return
	}
	if err != nil {
		return
	}
	text, jsonErr := json.Marshal(asJSON(want))
	if jsonErr != nil { // not a number
		return
	}
	if !sameJSON(normal(text), normal(got)) {
		t.Errorf("%s %x: %s\nKitex has %s", our.Name, body, got, text)
	}
}

// normal has floats in one form.
func normal(text []byte) []byte {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return text
	}
	out, _ := json.Marshal(floats(v))
	return out
}

func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = floats(v[k])
		}
	case []any:
		for i := range v {
			v[i] = floats(v[i])
		}
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			x, _ := v.Float64()
			return x
		}
	}
	return v
}

var mapForms = []format.MapOptions{
	{}, {Base64: true}, {EmptyStructs: format.RequiredFields}, {EmptyStructs: format.AllFields},
}

// mapValues are values without a map by binary: Kitex panics where an empty one is to stand for it.
func mapValues(t testing.TB) string {
	return valuesOf(t, strings.Replace(valuesIDL, "map<binary, i32>", "map<string, i32>", 1))
}

func TestMapRequests(t *testing.T) {
	t.Parallel()
	path := values(t)
	kitexIDL := service(t, path, "")
	for method, list := range documents {
		for _, form := range mapForms[:2] {
			our, their := compile(t, path, method, format.Options{Dialect: format.KitexMap(form)}), newKitexMap(kitexIDL, method, form)
			for _, document := range list {
				if strings.Contains(document, "\xff") || strings.Contains(document, `\ud83d"`) {
					continue // encoding/json repairs it, we refuse it
				}
				sameMapRequest(t, our, their, document, nil)
			}
		}
	}
}

func TestMapBase(t *testing.T) {
	t.Parallel()
	path := values(t)
	o := format.Options{Dialect: format.KitexMap(format.MapOptions{}), Base: []format.BaseValue{{Path: "LogID", Value: "id"}, {Path: "Extra.k", Value: "v"}}}
	our, their := compile(t, path, "All", o), newKitexMap(service(t, path, ""), "All", format.MapOptions{})
	for _, document := range []string{`{}`, `{"base":{"LogID":"own","Extra":{"a":"1","k":"own","n":1}}}`, `{"base":null}`, `{"base":5}`} {
		b := base.NewBase()
		b.LogID, b.Extra = "id", map[string]string{"k": "v"}
		sameMapRequest(t, our, their, document, b)
	}
}

func TestMapReplies(t *testing.T) {
	t.Parallel()
	path := mapValues(t)
	kitexIDL := service(t, path, "")
	for method, list := range replies {
		for _, form := range mapForms {
			our, their := compile(t, path, method, format.Options{Dialect: format.KitexMap(form)}), newKitexMap(kitexIDL, method, form)
			for _, text := range list {
				body, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
				if err != nil {
					t.Fatal(err)
				}
				sameMapReply(t, our, their, body)
			}
		}
	}
}

func TestMapRandom(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, method string }{
		{shared("echo_types.thrift"), "EchoTypes/Echo"}, {shared("bizservice.thrift"), "BizService/BizMethod1"},
		{shared("stream_echo.thrift"), "TestService/Echo"}, {shared("stream_echo.thrift"), "TestService/EchoUnary"}, {mapValues(t), "Values/All"},
	} {
		kitexIDL := service(t, test.path, "")
		for _, form := range mapForms {
			our := compile(t, test.path, test.method, format.Options{Dialect: format.KitexMap(form)})
			their := newKitexMap(kitexIDL, filepath.Base(test.method), form)
			request := argumentOf(our.Method)
			plain := plainly(t, request)
			for seed := range uint64(100) {
				body, err := plain.Encode(nil, sample.Random(seed, 3).Append(nil, request))
				if err != nil {
					t.Fatal(err)
				}
				document, err := plain.Decode(nil, body)
				if err != nil {
					t.Fatal(err)
				}
				sameMapRequest(t, our, their, string(document), nil)
				sameMapReply(t, our, their, resultBody(t, our.Method, seed))
			}
		}
	}
}

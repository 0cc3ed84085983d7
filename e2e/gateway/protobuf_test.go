package gateway

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/client/genericclient"
	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/jhump/protoreflect/desc/protoparse"
	"github.com/jhump/protoreflect/dynamic"
)

// TestProtobufBodies compares bodies in Protobuf in front of a Thrift server with Kitex's
// HTTPPbThriftGeneric.
func TestProtobufBodies(t *testing.T) {
	thriftFile, err := filepath.Abs("testdata/echo.thrift")
	if err != nil {
		t.Fatal(err)
	}
	protoFile, err := filepath.Abs("testdata/echo.proto")
	if err != nil {
		t.Fatal(err)
	}
	e, address := startEcho(t, thriftFile)
	e.reply = map[string]any{
		"tiny": int8(7), "large": int64(1) << 60, "tenum": int32(1), "str": "é",
		"elems": map[any]any{"a": map[string]any{"ok": true}}, "els": []any{map[string]any{"ok": true}, map[string]any{"ok": true}},
	}
	kitex := newPbCaller(t, thriftFile, protoFile, address)
	g := ours(t, "ttheader://"+address, thriftFile, protoFile)
	files, err := (&protoparse.Parser{}).ParseFiles(protoFile)
	if err != nil {
		t.Fatal(err)
	}
	message := files[0].FindMessage("idl.Message")
	for name, text := range map[string]string{
		"all":  `{"tiny": 5, "large": "9007199254740993", "tenum": "First", "str": "x", "elems": {"k": {"isOk": true}}, "els": [{"isOk": true}]}`,
		"zero": `{"tiny": 1, "large": 1, "tenum": "First", "str": "", "elems": {}, "els": []}`,
	} {
		m := dynamic.NewMessage(message)
		if err := m.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		body, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		request := func() *http.Request {
			r := httptest.NewRequest(http.MethodGet, "http://host/Echo", io.NopCloser(bytes.NewReader(body)))
			r.Header.Set("Content-Type", "application/x-protobuf")
			return r
		}
		theirs := kitex(request())
		received := e.take()
		w := httptest.NewRecorder()
		if err := g.Serve(w, request()); err != nil {
			t.Fatal(err)
		}
		// Kitex writes zeroes for what the body does not have: only what it has is compared.
		if got := e.take(); name == "all" && got != received {
			t.Errorf("%s: received %s, from Kitex %s", name, got, received)
		}
		if w.Header().Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s: %v", name, w.Header())
		}
		got := dynamic.NewMessage(message)
		if err := got.Unmarshal(w.Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		if !dynamic.Equal(got, theirs) {
			t.Errorf("%s: answer %v, from Kitex %v", name, got, theirs)
		}
	}
}

// newPbCaller is an HTTPPbThriftGeneric client.
func newPbCaller(t *testing.T, thriftFile, protoFile, address string) func(*http.Request) *dynamic.Message {
	t.Helper()
	provider, err := generic.NewThriftFileProvider(thriftFile)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(protoFile)
	if err != nil {
		t.Fatal(err)
	}
	pb, err := generic.NewPbContentProvider(protoFile, map[string]string{protoFile: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	g, err := generic.HTTPPbThriftGeneric(provider, pb)
	if err != nil {
		t.Fatal(err)
	}
	c, err := genericclient.NewClient("service", g, client.WithHostPorts(address))
	if err != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) *dynamic.Message {
		request, err := generic.FromHTTPPbRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := c.GenericCall(context.Background(), "", request)
		if err != nil {
			t.Fatal(err)
		}
		return reply.(*generic.HTTPResponse).GeneralBody.(*dynamic.Message)
	}
}

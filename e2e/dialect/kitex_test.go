package dialect

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/cloudwego/gopkg/bufiox"
	"github.com/cloudwego/gopkg/protocol/thrift/base"
	"github.com/cloudwego/kitex/pkg/generic"
	"github.com/cloudwego/kitex/pkg/generic/descriptor"
	kitex "github.com/cloudwego/kitex/pkg/generic/thrift"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
)

// writeIDL is a file of IDL.
func writeIDL(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.thrift")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// service is Kitex's descriptor of the service of a file.
func service(t testing.TB, path, name string) *descriptor.ServiceDescriptor {
	t.Helper()
	var options []generic.ThriftIDLProviderOption
	if name != "" {
		options = append(options, generic.WithIDLServiceName(name))
	}
	provider, err := generic.NewThriftFileProviderWithDynamicgoWithOption(path, options)
	if err != nil {
		t.Fatal(err)
	}
	d := <-provider.Provide()
	if d.DynamicGoDsc == nil {
		t.Fatalf("Kitex falls back to its classic codec for %s", path)
	}
	return d
}

// kitexJSON is Kitex's JSON generic client, as its codec sets it up.
type kitexJSON struct {
	rw     *kitex.JSONReaderWriter
	method string
}

func newKitexJSON(d *descriptor.ServiceDescriptor, method string) *kitexJSON {
	rw := kitex.NewJsonReaderWriter(d)
	o := generic.DefaultJSONDynamicGoConvOpts
	withBase, withException := o, o
	withBase.EnableThriftBase = true
	withException.ConvertException = true
	rw.WriteJSON.SetDynamicGo(&o, &withBase)
	rw.ReadJSON.SetDynamicGo(&o, &withException)
	return &kitexJSON{rw, method}
}

func (k *kitexJSON) request(document string, b *base.Base) ([]byte, error) {
	var body []byte
	out := bufiox.NewBytesWriter(&body)
	if err := k.rw.Write(context.Background(), out, document, k.method, true, b); err != nil {
		return nil, err
	}
	return body, out.Flush()
}

func (k *kitexJSON) reply(body []byte) (any, error) {
	return k.rw.Read(context.Background(), k.method, true, len(body), bufiox.NewBytesReader(body))
}

// ours is a method with a codec of ours.
type ours struct {
	*idl.Method
	format.Codec
}

// compile makes our codec of a method of a file.
func compile(t testing.TB, path, method string, o format.Options) ours {
	t.Helper()
	m := methodOf(t, path, method)
	program, err := format.Compile(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return ours{m, program.Codec()}
}

func methodOf(t testing.TB, path, method string) *idl.Method {
	t.Helper()
	schema, err := load.Files(context.Background(), load.Options{Files: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Method(context.Background(), method)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shared is one of the IDLs that all tests have.
func shared(name string) string { return filepath.Join("..", "..", "testdata", "thrift", name) }

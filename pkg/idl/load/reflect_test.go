package load_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

// server is a reflection server in memory. It sends only the file that was asked
// for unless closed is set, when it sends all that this imports too.
type server struct {
	files    []*descriptorpb.FileDescriptorProto
	closed   bool
	noV1     bool
	v1, v1a  error  // what the versions fail with
	garbage  []byte // what v1 answers
	noV1a    bool
	oneShot  bool // ends each stream after one answer
	hang     bool
	refuse   error // what opening a stream fails with
	opened   int
	requests []string
}

func (s *server) open(ctx context.Context, rpc stream.Call) (stream.Stream, error) {
	s.opened++
	if s.refuse != nil {
		return nil, s.refuse
	}
	c := &conn{s: s, ctx: ctx, alpha: strings.Contains(rpc.Method.Path(), "v1alpha")}
	return c, nil
}

type conn struct {
	s       *server
	ctx     context.Context
	alpha   bool
	pending [][]byte
	served  int
	half    bool
}

func (c *conn) Send(body []byte) error {
	if c.s.oneShot && c.served > 0 {
		return io.EOF
	}
	c.pending = append(c.pending, c.s.answer(body))
	return nil
}

func (c *conn) Recv() ([]byte, error) {
	if c.s.hang {
		<-c.ctx.Done()
		return nil, c.ctx.Err()
	}
	if c.alpha && c.s.noV1a || !c.alpha && c.s.noV1 {
		return nil, &stream.Status{Code: stream.Unimplemented, Message: "unknown service"}
	}
	switch {
	case c.alpha && c.s.v1a != nil:
		return nil, c.s.v1a
	case !c.alpha && c.s.v1 != nil:
		return nil, c.s.v1
	case !c.alpha && c.s.garbage != nil:
		return c.s.garbage, nil
	}
	if c.half || len(c.pending) == 0 || c.s.oneShot && c.served > 0 {
		return nil, io.EOF
	}
	b := c.pending[0]
	c.pending = c.pending[1:]
	c.served++
	return b, nil
}
func (c *conn) CloseSend() error                 { c.half = true; return nil }
func (c *conn) Header() (stream.Metadata, error) { return nil, nil }
func (c *conn) Trailer() stream.Metadata         { return nil }
func (c *conn) Ready() bool                      { return false }
func (c *conn) Close(error) error                { return nil }

func field(n protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), b)
}

func (s *server) answer(request []byte) []byte {
	n, _, size := protowire.ConsumeTag(request)
	arg, _ := protowire.ConsumeBytes(request[size:])
	s.requests = append(s.requests, string(arg))
	var found *descriptorpb.FileDescriptorProto
	for _, f := range s.files {
		if n == 3 && f.GetName() == string(arg) || n == 4 && declares(f, string(arg)) {
			found = f
		}
	}
	switch {
	case n == 7:
		var list []byte
		for _, f := range s.files {
			for _, sd := range f.Service {
				list = append(list, field(1, field(1, []byte(f.GetPackage()+"."+sd.GetName())))...)
			}
		}
		return field(6, list)
	case found == nil:
		refused := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 5)
		return field(7, append(refused, field(2, []byte("not here"))...))
	}
	var files []byte
	for _, f := range s.files {
		if s.closed || f == found {
			b, _ := proto.Marshal(f)
			files = append(files, field(1, b)...)
		}
	}
	return field(4, files)
}

func declares(f *descriptorpb.FileDescriptorProto, symbol string) bool {
	rest, ok := strings.CutPrefix(symbol, f.GetPackage()+".")
	head, _, _ := strings.Cut(rest, ".")
	for _, m := range f.MessageType {
		ok = ok || false
		if ok && m.GetName() == head {
			return true
		}
	}
	for _, m := range f.EnumType {
		if ok && m.GetName() == head {
			return true
		}
	}
	for _, m := range f.Service {
		if ok && m.GetName() == head {
			return true
		}
	}
	return false
}

func featureFiles(t *testing.T) []*descriptorpb.FileDescriptorProto {
	return fullSet(fullCompile(t, "testdata", featuresRoot)).File
}

func TestReflect(t *testing.T) {
	full := fullCompile(t, "testdata", featuresRoot)
	want := full.Services().ByName("Things").Methods().ByName("Do")
	without := func(drop ...string) []*descriptorpb.FileDescriptorProto {
		var left []*descriptorpb.FileDescriptorProto
		for _, f := range featureFiles(t) {
			keep := true
			for _, d := range drop {
				keep = keep && !strings.HasPrefix(f.GetName(), d)
			}
			if keep {
				left = append(left, f)
			}
		}
		return left
	}
	renamed := featureFiles(t)
	for _, f := range renamed {
		f.Name = new(strings.ReplaceAll(f.GetName(), "features/", "src/"))
	}
	for name, s := range map[string]*server{
		"closure":       {files: featureFiles(t), closed: true},
		"single files":  {files: featureFiles(t)},
		"v1alpha":       {files: featureFiles(t), closed: true, noV1: true},
		"one shot":      {files: featureFiles(t), oneShot: true},
		"no well-known": {files: without("google/")},
		"no options":    {files: without("google/", "features/options.proto")},
		"renamed":       {files: renamed},
	} {
		t.Run(name, func(t *testing.T) {
			schema := load.Reflect(s.open, load.ReflectOptions{})
			for _, method := range []string{"features.inner.Things/Do", "features.inner.Things.Do", "Things/Do", "Do"} {
				m, err := schema.Method(t.Context(), method)
				if err != nil {
					t.Fatalf("%s: %v", method, err)
				}
				c := &comparer{t, typesOf(t, full), map[protoreflect.FullName]bool{}}
				c.same(m.Input.(*idl.ProtoMessage).Descriptor, want.Input())
				c.same(m.Output.(*idl.ProtoMessage).Descriptor, want.Output())
			}
			if err := schema.Close(nil); err != nil {
				t.Error(err)
			}
			t.Logf("%d streams, %q", s.opened, s.requests)
		})
	}
}

func TestReflectErrors(t *testing.T) {
	ctx := t.Context()
	s := &server{files: featureFiles(t), closed: true}
	schema := load.Reflect(s.open, load.ReflectOptions{})
	var missing *idl.NotFoundError
	if _, err := schema.Method(ctx, "features.inner.Thing/Do"); !errors.As(err, &missing) || len(missing.Nearest) == 0 || missing.Nearest[0] != "features.inner.Things" {
		t.Errorf("unknown service: %v %+v", err, missing)
	}
	if _, err := schema.Method(ctx, "Things/Wacth"); !errors.As(err, &missing) || missing.Nearest[0] != "features.inner.Things/Watch" {
		t.Errorf("unknown method: %v %+v", err, missing)
	}
	var none *idl.NoReflectionError
	if _, err := load.Reflect((&server{noV1: true, noV1a: true}).open, load.ReflectOptions{}).Services(ctx); !errors.As(err, &none) {
		t.Errorf("no reflection: %v", err)
	}
	incomplete := featureFiles(t)
	for i, f := range incomplete {
		if f.GetName() == "features/legacy.proto" {
			incomplete = append(incomplete[:i:i], incomplete[i+1:]...)
			break
		}
	}
	_, err := load.Reflect((&server{files: incomplete}).open, load.ReflectOptions{}).Method(ctx, "Things/Do")
	var lacks *idl.IncompleteError
	if !errors.As(err, &lacks) || lacks.Missing != "features.legacy.Old" || !strings.HasPrefix(lacks.Symbol, "features.") {
		t.Errorf("incomplete: %v %+v", err, lacks)
	}
	own := mustLoad(t, load.Options{Strings: []load.Text{{Text: `syntax = "proto3"; message M {} service Mine { rpc Do(M) returns (M); }`}}})
	_, err = load.Join(own, load.Reflect((&server{files: incomplete}).open, load.ReflectOptions{})).Method(ctx, "Things/Do")
	if lacks = nil; !errors.As(err, &lacks) {
		t.Errorf("incomplete behind files: %v", err)
	}
}

func TestReflectHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 1e9)
		defer cancel()
		_, err := load.Reflect((&server{hang: true}).open, load.ReflectOptions{}).Method(ctx, "a.B/C")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// TestTypesOutlive: types are looked up after the context that found the method, each
// time for a while, and until the schema is closed.
func TestTypesOutlive(t *testing.T) {
	files := append(featureFiles(t),
		&descriptorpb.FileDescriptorProto{Name: new("x.proto"), Package: new("x"), MessageType: []*descriptorpb.DescriptorProto{{Name: new("InAny")}}},
		&descriptorpb.FileDescriptorProto{Name: new("y.proto"), Package: new("y"), MessageType: []*descriptorpb.DescriptorProto{{Name: new("Later")}}})
	for name, join := range map[string]bool{"alone": false, "joined": true} {
		synctest.Test(t, func(t *testing.T) {
			s := &server{files: files}
			var schema idl.Schema = load.Reflect(s.open, load.ReflectOptions{})
			if join {
				schema = load.Join(mustLoad(t, load.Options{}), schema)
			}
			ctx, cancel := context.WithCancel(t.Context())
			m, err := schema.Method(ctx, "features.inner.Things/Do")
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			types := m.Output.(*idl.ProtoMessage).Types
			for _, in := range []idl.Types{types, schema.Types()} {
				if md, err := in.FindMessage("x.InAny"); err != nil || md.FullName() != "x.InAny" {
					t.Errorf("%s: after its context: %v, %v", name, md, err)
				}
			}
			s.hang = true
			begin := time.Now()
			if _, err := types.FindMessage("y.Later"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 11*time.Second {
				t.Errorf("%s: a server that hangs: %v after %v", name, err, time.Since(begin))
			}
			ended := make(chan error, 1)
			go func() {
				_, err := types.FindMessage("y.Later")
				ended <- err
			}()
			synctest.Wait()
			begin = time.Now()
			if err := schema.Close(nil); err != nil {
				t.Error(err)
			}
			if err := <-ended; !errors.Is(err, idl.ErrClosed) || time.Since(begin) > time.Second {
				t.Errorf("%s: a lookup that Close ends: %v after %v", name, err, time.Since(begin))
			}
			s.hang = false
			if _, err := types.FindMessage("y.Later"); err == nil {
				t.Errorf("%s: found after Close", name)
			}
		})
	}
}

// Whatever v1 fails with before its first answer, v1alpha is asked once, and what
// fails in both is said of both.
func TestReflectVersions(t *testing.T) {
	files := featureFiles(t)
	unimplemented, denied, broken := &stream.Status{Code: stream.Unimplemented, Message: "unknown"}, &stream.Status{Code: 7, Message: "denied"}, errors.New("broken")
	for name, test := range map[string]struct {
		server  server
		version string
		want    string // of the error
		code    stream.Code
		opened  int
	}{
		"UNIMPLEMENTED":         {server: server{v1: unimplemented}, opened: 2},
		"a status":              {server: server{v1: denied}, opened: 2},
		"an error":              {server: server{v1: broken}, opened: 2},
		"the end":               {server: server{v1: io.EOF}, opened: 2},
		"garbage":               {server: server{garbage: []byte("junk")}, opened: 2},
		"no answer":             {server: server{garbage: []byte{}}, opened: 2},
		"forced":                {server: server{v1: denied}, version: load.V1Alpha, opened: 1},
		"forced v1":             {server: server{v1: broken}, version: load.V1, opened: 1, want: "server reflection: broken"},
		"forced, not there":     {server: server{v1a: unimplemented}, version: load.V1Alpha, opened: 1, code: stream.Unimplemented, want: "the server has no reflection service: status 12 UNIMPLEMENTED: unknown"},
		"both, in one way":      {server: server{v1: broken, v1a: broken}, opened: 2, want: "server reflection: broken"},
		"both, each in its own": {server: server{v1: broken, v1a: denied}, opened: 2, code: 7, want: "server reflection: v1: broken; v1alpha: status 7 PERMISSION_DENIED: denied"},
		"none but broken":       {server: server{v1: unimplemented, v1a: denied}, opened: 2, code: 7, want: "server reflection: v1: status 12 UNIMPLEMENTED: unknown; v1alpha: status 7 PERMISSION_DENIED: denied"},
		"broken but none":       {server: server{v1: denied, v1a: unimplemented}, opened: 2, code: 7, want: "server reflection: v1: status 7 PERMISSION_DENIED: denied; v1alpha: status 12 UNIMPLEMENTED: unknown"},
		"neither":               {server: server{v1: unimplemented, v1a: unimplemented}, opened: 2, code: stream.Unimplemented, want: "the server has no reflection service: status 12 UNIMPLEMENTED: unknown"},
		"connection":            {server: server{refuse: broken}, opened: 1, want: "server reflection: broken"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := test.server
			srv.files = files
			_, err := load.Reflect(srv.open, load.ReflectOptions{Version: test.version}).Services(t.Context())
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != test.want || srv.opened != test.opened {
				t.Errorf("got %q with %d streams, want %q with %d", got, srv.opened, test.want, test.opened)
			}
			var status *stream.Status
			if errors.As(err, &status) != (test.code != 0) || status != nil && status.Code != test.code {
				t.Errorf("status %v, want code %d", status, test.code)
			}
		})
	}
}

// A file that a server, or a set, only has a placeholder of is left out of what is
// saved, with a warning.
func TestSaveWithoutPlaceholders(t *testing.T) {
	user := &descriptorpb.FileDescriptorProto{
		Name: new("user.proto"), Package: new("t"), Syntax: new("proto3"), Dependency: []string{"validate/validate.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: new("S"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: new("Do"), InputType: new(".t.M"), OutputType: new(".t.M")},
		}}},
	}
	placeholder := &descriptorpb.FileDescriptorProto{Name: new("validate/validate.proto"), Syntax: new("<unknown:0>")}
	both := []*descriptorpb.FileDescriptorProto{user, placeholder}
	set := writeSet(t, &descriptorpb.FileDescriptorSet{File: both})
	for name, test := range map[string]struct {
		want string
		open func(warn func(string)) idl.Schema
	}{
		"placeholder": {"the server has no validate/validate.proto: it is not saved", func(warn func(string)) idl.Schema {
			return load.Reflect((&server{files: both}).open, load.ReflectOptions{Warn: warn})
		}},
		"none": {"the server has no validate/validate.proto: it is not saved", func(warn func(string)) idl.Schema {
			return load.Reflect((&server{files: both[:1]}).open, load.ReflectOptions{Warn: warn})
		}},
		"set": {"user.proto in " + set + " imports validate/validate.proto, which is not there: it is not saved", func(warn func(string)) idl.Schema {
			return mustLoad(t, load.Options{Files: []string{set}, Warn: warn})
		}},
	} {
		for _, dest := range []string{t.TempDir(), t.TempDir() + "/x.binpb"} {
			var warnings []string
			s := test.open(func(message string) { warnings = append(warnings, message) })
			if err := s.Save(t.Context(), idl.SaveOptions{Dest: dest}, "t.S/Do"); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if strings.Join(warnings, "\n") != test.want {
				t.Errorf("%s: got %q, want %q", name, warnings, test.want)
			}
			if _, err := mustLoad(t, load.Options{Files: []string{dest}}).Method(t.Context(), "t.S/Do"); err != nil {
				t.Errorf("%s: saved: %v", name, err)
			}
		}
	}
}

// Of several symbols those that can be are saved, and the error names the others.
func TestSaveWithoutBroken(t *testing.T) {
	files := featureFiles(t)
	files = append(files, &descriptorpb.FileDescriptorProto{Name: new("lacks.proto"), Package: new("lacks"), Dependency: []string{"gone.proto"},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: new("S"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: new("Do"), InputType: new(".gone.M"), OutputType: new(".gone.M")},
		}}}})
	s := load.Reflect((&server{files: files}).open, load.ReflectOptions{})
	dir := t.TempDir()
	err := s.Save(t.Context(), idl.SaveOptions{Dest: dir}, "a.Gone", "features.inner.Things", "lacks.S")
	var broken *idl.BrokenError
	if !errors.As(err, &broken) || strings.Join(broken.Symbols, " ") != "a.Gone lacks.S" {
		t.Fatalf("got %v", err)
	}
	if want := `no symbol "a.Gone"`; broken.Errs[0].Error() != want {
		t.Errorf("got %v, want %s", broken.Errs[0], want)
	}
	if _, err := mustLoad(t, load.Options{Files: []string{dir}}).Method(t.Context(), "features.inner.Things/Do"); err != nil {
		t.Error(err)
	}
}

package oracle_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/stream"
)

var (
	protocols = []stream.Protocol{stream.Binary, stream.Compact, stream.JSON}
	factories = map[stream.Protocol]thrift.TProtocolFactory{
		stream.Binary:  thrift.NewTBinaryProtocolFactoryConf(nil),
		stream.Compact: thrift.NewTCompactProtocolFactoryConf(nil),
		stream.JSON:    thrift.NewTJSONProtocolFactory(),
	}
)

// transcode reads a struct with Apache's library in one protocol and writes it in
// another. It needs no IDL: the wire tells types.
func transcode(from, to stream.Protocol, body []byte) ([]byte, error) {
	in, out := thrift.NewTMemoryBuffer(), thrift.NewTMemoryBuffer()
	in.Write(body)
	c := copier{factories[from].GetProtocol(in), factories[to].GetProtocol(out)}
	if err := c.structure(context.Background()); err != nil {
		return nil, err
	}
	err := c.out.Flush(context.Background())
	return out.Bytes(), err
}

type copier struct{ in, out thrift.TProtocol }

func (c copier) structure(ctx context.Context) error {
	if _, err := c.in.ReadStructBegin(ctx); err != nil {
		return err
	}
	if err := c.out.WriteStructBegin(ctx, ""); err != nil {
		return err
	}
	for {
		_, typ, id, err := c.in.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if typ == thrift.STOP {
			break
		}
		if err := c.out.WriteFieldBegin(ctx, "", typ, id); err != nil {
			return err
		}
		if err := c.value(ctx, typ); err != nil {
			return err
		}
		if err := first(c.in.ReadFieldEnd(ctx), c.out.WriteFieldEnd(ctx)); err != nil {
			return err
		}
	}
	return first(c.in.ReadStructEnd(ctx), c.out.WriteFieldStop(ctx), c.out.WriteStructEnd(ctx))
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// copied moves one scalar.
func copied[T any](ctx context.Context, read func(context.Context) (T, error), write func(context.Context, T) error) error {
	v, err := read(ctx)
	if err != nil {
		return err
	}
	return write(ctx, v)
}

func (c copier) value(ctx context.Context, typ thrift.TType) error {
	switch typ {
	case thrift.BOOL:
		return copied(ctx, c.in.ReadBool, c.out.WriteBool)
	case thrift.BYTE:
		return copied(ctx, c.in.ReadByte, c.out.WriteByte)
	case thrift.I16:
		return copied(ctx, c.in.ReadI16, c.out.WriteI16)
	case thrift.I32:
		return copied(ctx, c.in.ReadI32, c.out.WriteI32)
	case thrift.I64:
		return copied(ctx, c.in.ReadI64, c.out.WriteI64)
	case thrift.DOUBLE:
		return copied(ctx, c.in.ReadDouble, c.out.WriteDouble)
	case thrift.STRING:
		return copied(ctx, c.in.ReadString, c.out.WriteString)
	case thrift.UUID:
		return copied(ctx, c.in.ReadUUID, c.out.WriteUUID)
	case thrift.STRUCT:
		return c.structure(ctx)
	case thrift.LIST:
		elem, n, err := c.in.ReadListBegin(ctx)
		return first(err, c.out.WriteListBegin(ctx, elem, n), c.repeat(ctx, n, elem), c.in.ReadListEnd(ctx), c.out.WriteListEnd(ctx))
	case thrift.SET:
		elem, n, err := c.in.ReadSetBegin(ctx)
		return first(err, c.out.WriteSetBegin(ctx, elem, n), c.repeat(ctx, n, elem), c.in.ReadSetEnd(ctx), c.out.WriteSetEnd(ctx))
	case thrift.MAP:
		key, elem, n, err := c.in.ReadMapBegin(ctx)
		if n == 0 { // compact's has no types
			key, elem = thrift.I32, thrift.I32
		}
		return first(err, c.out.WriteMapBegin(ctx, key, elem, n), c.repeat(ctx, n, key, elem), c.in.ReadMapEnd(ctx), c.out.WriteMapEnd(ctx))
	}
	return fmt.Errorf("type %v", typ)
}

func (c copier) repeat(ctx context.Context, n int, types ...thrift.TType) error {
	for range n {
		for _, typ := range types {
			if err := c.value(ctx, typ); err != nil {
				return err
			}
		}
	}
	return nil
}

// throughApache encodes a random document in one protocol, has Apache's library
// read it and write it in another, and decodes that.
func throughApache(t *testing.T, seed uint64) {
	c := &common{Rand: rand.New(rand.NewPCG(seed, 11)), wide: true}
	text := c.idl()
	last := len(c.structs) - 1
	doc := []byte(c.object(last, 0))
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Name: "x.thrift", Text: text}}})
	if err != nil {
		t.Fatalf("seed %d: %v\n%s", seed, err, text)
	}
	m, err := schema.Message(t.Context(), c.structs[last])
	if err != nil {
		t.Fatal(err)
	}
	codecs := map[stream.Protocol]format.Codec{}
	for _, p := range protocols {
		program, err := format.Compile(&idl.Method{Method: stream.Method{Lang: stream.Thrift, Protocol: p}, Input: m, Output: m}, format.Options{})
		if err != nil {
			t.Fatal(err)
		}
		codecs[p] = program.Codec()
	}
	for _, from := range protocols {
		body, err := codecs[from].Encode(nil, doc)
		if err != nil {
			if strings.Contains(err.Error(), "has this element already") || strings.Contains(err.Error(), "duplicate map key") {
				return // two spellings of one value
			}
			t.Fatalf("seed %d: %v\n%s", seed, err, doc)
		}
		want, err := codecs[from].Decode(nil, body)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, to := range protocols {
			if (from == stream.JSON) != (to == stream.JSON) && strings.Contains(text, "binary") {
				continue // what is binary, and base64 in JSON, only the IDL knows
			}
			theirs, err := transcode(from, to, body)
			if err != nil {
				t.Fatalf("seed %d: Apache does not read our %s: %v\n%s\n%s\n%x", seed, from, err, text, doc, body)
			}
			got, err := codecs[to].Decode(nil, theirs)
			if err != nil || string(got) != string(want) {
				t.Fatalf("seed %d: from %s to %s: %v\n%s\ngot  %s\nwant %s", seed, from, to, err, text, got, want)
			}
		}
	}
}

// TestThroughApache: what we encode Apache's library reads, and what it writes we
// decode to the same value, in every protocol.
func TestThroughApache(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		throughApache(t, seed)
	}
}

func FuzzThroughApache(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(throughApache)
}

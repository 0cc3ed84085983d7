package format_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

var protocols = []stream.Protocol{stream.Binary, stream.Compact, stream.JSON}

// randomIDL makes types and values that fit them.
type randomIDL struct {
	*rand.Rand
	structs []*thrift.Struct
}

func (r *randomIDL) typ(depth int) *thrift.Type {
	scalars := []*thrift.Type{tBool, tI8, tI16, tI32, tI64, tDouble, tString, tBinary, tColor, tUUID}
	if depth > 3 {
		return scalars[r.IntN(len(scalars))]
	}
	switch n := r.IntN(len(scalars) + 5); {
	case n < len(scalars):
		return scalars[n]
	case n == len(scalars):
		return listOf(r.typ(depth + 1))
	case n == len(scalars)+1:
		return setOf(r.typ(depth + 1))
	case n == len(scalars)+2:
		return mapOf(r.typ(depth+1), r.typ(depth+1))
	case n == len(scalars)+3 && len(r.structs) > 0:
		return record(r.structs[r.IntN(len(r.structs))]) // maybe one that contains this
	}
	return record(r.structure(depth + 1))
}

func (r *randomIDL) structure(depth int) *thrift.Struct {
	s := structOf(fmt.Sprintf("random.S%d", len(r.structs)))
	r.structs = append(r.structs, s)
	if r.IntN(5) == 0 {
		s.Form = thrift.FormUnion
	}
	id := int16(r.IntN(20) - 5)
	for i := range 1 + r.IntN(6) {
		f := field(id, fmt.Sprintf("field%d", i), r.typ(depth))
		f.Requiredness = thrift.Requiredness(r.IntN(3))
		if s.Form == thrift.FormUnion || depth > 2 || f.Type.Kind == thrift.KindStruct {
			f.Requiredness = thrift.Optional
		}
		s.Fields = append(s.Fields, f)
		id += int16(1 + r.IntN(300)*r.IntN(2))
	}
	return s
}

func (r *randomIDL) value(t *thrift.Type, depth int) string {
	quote := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	switch t.Kind {
	case thrift.KindBool:
		return pick("true", "false")
	case thrift.KindI8:
		return fmt.Sprint(int8(r.Uint64()))
	case thrift.KindI16:
		return fmt.Sprint(int16(r.Uint64()))
	case thrift.KindI32:
		if t.Enum != nil {
			return pick(`"RED"`, `"GREEN"`, `"BLUE"`, "7")
		}
		return fmt.Sprint(int32(r.Uint64()))
	case thrift.KindI64:
		return pick(fmt.Sprint(int64(r.Uint64())), fmt.Sprint(r.IntN(9)), fmt.Sprint(int64(math.MinInt64)))
	case thrift.KindDouble:
		return pick("0.1", "-2.5e-300", "1e21", "3", `"NaN"`, `"Infinity"`, `"-Infinity"`)
	case thrift.KindString:
		if t.Binary {
			return pick(`""`, `"AA=="`, `"/+8="`)
		}
		return quote(pick("", "a", "ü😀", "\"\\\n\x00", strings.Repeat("long ", r.IntN(40))))
	case thrift.KindUUID:
		return fmt.Sprintf(`"%08x-1111-2222-3333-444444444444"`, r.Uint32())
	case thrift.KindStruct:
		return r.object(t.Struct, depth+1)
	}
	return r.container(t, depth+1)
}

func (r *randomIDL) container(t *thrift.Type, depth int) string {
	n := r.IntN(4)
	if r.IntN(20) == 0 {
		n = 20
	}
	if depth > 5 {
		n = 0
	}
	var parts []string
	seen := map[string]bool{}
	for range n {
		v := r.value(t.Elem, depth)
		unique := v
		if t.Kind == thrift.KindMap {
			unique = r.value(t.Key, depth)
			v = "[" + unique + "," + v + "]"
		}
		if seen[unique] && t.Kind != thrift.KindList {
			continue
		}
		seen[unique] = true
		parts = append(parts, v)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (r *randomIDL) object(s *thrift.Struct, depth int) string {
	var parts []string
	only := r.IntN(len(s.Fields) + 1)
	for i, f := range s.Fields {
		union := s.Form == thrift.FormUnion
		if union && i != only%len(s.Fields) || !union && f.Requiredness != thrift.Required && (depth > 5 || r.IntN(2) == 0) {
			continue
		}
		if union && depth > 8 && f.Type.Kind == thrift.KindStruct {
			return "" // nowhere to stop
		}
		v := r.value(f.Type, depth)
		if strings.Contains(v, "\x00") {
			return "\x00"
		}
		parts = append(parts, fmt.Sprintf("%q:%s", f.Name, v))
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

// TestThriftRandom: whatever the types and the values are, each protocol carries
// them, and all print the same.
func TestThriftRandom(t *testing.T) {
	t.Parallel()
	tested := 0
	for seed := range uint64(3000) {
		r := &randomIDL{Rand: rand.New(rand.NewPCG(seed, 1))}
		s := r.structure(0)
		doc := r.object(s, 0)
		if !json.Valid([]byte(doc)) {
			continue // a union that never ends
		}
		var first string
		for _, p := range protocols {
			c := codec(t, over(p, bare(s)), format.Options{})
			body, err := c.Encode(nil, []byte(doc))
			if err != nil {
				if isDuplicate(err) {
					break // two forms of one value
				}
				t.Fatalf("seed %d, %s: %v\n%s", seed, p, err, doc)
			}
			out, err := c.Decode(nil, body)
			if err != nil {
				t.Fatalf("seed %d, %s: %v\n%s\n%x", seed, p, err, doc, body)
			}
			again, err := c.Encode(nil, out)
			if err != nil && isDuplicate(err) {
				break // structs as keys, equal but for the order of their fields
			}
			if err != nil {
				t.Fatalf("seed %d, %s: read back: %v\n%s", seed, p, err, out)
			}
			if back, err := c.Decode(nil, again); err != nil || string(back) != string(out) {
				t.Fatalf("seed %d, %s: %v\n%s\n%s", seed, p, err, out, back)
			}
			if first == "" {
				first = string(out)
			}
			if string(out) != first {
				t.Fatalf("seed %d: %s prints\n%s\nbinary prints\n%s", seed, p, out, first)
			}
			tested++
		}
	}
	if tested < 6000 {
		t.Errorf("only %d round trips", tested)
	}
}

func isDuplicate(err error) bool {
	return strings.Contains(err.Error(), "has this element already") || strings.Contains(err.Error(), "duplicate map key")
}

// FuzzThriftDecode: no bytes make the decoder panic or write more than a multiple
// of them, and what it accepts reads back as itself.
func FuzzThriftDecode(f *testing.F) {
	s := everything()
	for i, p := range protocols {
		c := codec(f, over(p, bare(s)), format.Options{})
		for seed := range uint64(20) {
			r := &randomIDL{Rand: rand.New(rand.NewPCG(seed, 2))}
			if body, err := c.Encode(nil, []byte(r.object(s, 3))); err == nil {
				f.Add(byte(i), body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		p := protocols[int(which)%len(protocols)]
		strange := false
		o := format.Options{Warn: func(string) { strange = true }}
		c := codec(t, over(p, bare(s)), o)
		out, err := c.Decode(nil, body)
		if len(out) > 64*len(body)+256 {
			t.Fatalf("%d bytes of JSON from %d", len(out), len(body))
		}
		if err != nil || strange {
			return
		}
		if !json.Valid(out) {
			t.Fatalf("%x: not JSON: %s", body, out)
		}
		again, err := c.Encode(nil, out)
		if err != nil {
			return // a union of two fields, a set with an element twice: the peer's, not ours
		}
		back, err := c.Decode(nil, again)
		if err != nil || string(back) != string(out) {
			t.Fatalf("%v\n%s\n%s", err, out, back)
		}
	})
}

// FuzzThriftEncode: no document makes the encoder panic, and what it accepts comes
// back the same from every protocol.
func FuzzThriftEncode(f *testing.F) {
	s := everything()
	for seed := range uint64(20) {
		r := &randomIDL{Rand: rand.New(rand.NewPCG(seed, 3))}
		f.Add([]byte(r.object(s, 3)))
	}
	f.Add([]byte(`{"byInner":{"{\"id\":1}":2},"color":"RED","int":1e2}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var first string
		for _, p := range protocols {
			c := codec(t, over(p, bare(s)), format.Options{})
			body, err := c.Encode(nil, doc)
			if err != nil {
				if first != "" {
					t.Fatalf("%s refuses what binary accepts: %v", p, err)
				}
				return
			}
			out, err := c.Decode(nil, body)
			if err != nil {
				t.Fatalf("%s: %v\n%x", p, err, body)
			}
			if first == "" {
				first = string(out)
			}
			if string(out) != first {
				t.Fatalf("%s prints\n%s\nbinary prints\n%s", p, out, first)
			}
		}
	})
}

package format_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

const largeIDL = `syntax = "proto3";
package large;
import "google/protobuf/any.proto";
import "google/protobuf/struct.proto";
message M {
  string text = 1;
  bytes data = 2;
  repeated M list = 3;
  repeated E codes = 4;
  map<string, string> names = 5;
  map<int32, M> numbers = 6;
  google.protobuf.Any any = 7;
  google.protobuf.Struct struct = 8;
  M inner = 9;
  oneof one { string a = 10; M b = 11; }
}
enum E { A_NAME_THAT_IS_LONG_ENOUGH_TO_MAKE_A_BYTE_OF_THE_WIRE_A_LINE_OF_TEXT = 0; }
`

// repeated is a record so many times.
func repeated(n int, record ...byte) []byte { return bytes.Repeat(record, n) }

// lengthened is a length-delimited record.
func lengthened(num protowire.Number, b []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), b)
}

// largeBodies are replies whose text is more than is kept.
func largeBodies() map[string][]byte {
	packed := lengthened(4, make([]byte, 25_000))
	long := repeated(30, 0x01) // six times as long in JSON
	var names, numbers, fields []byte
	for i := range 10_000 {
		key := lengthened(1, []byte(strconv.Itoa((9_999-i)*7)))
		number := protowire.AppendVarint([]byte{8}, uint64(9_999-i)*7)
		names = append(names, lengthened(5, append(key, lengthened(2, long)...))...)
		numbers = append(numbers, lengthened(6, append(number, lengthened(2, lengthened(1, long))...))...)
		fields = append(fields, lengthened(1, append(key, lengthened(2, lengthened(3, long))...))...)
	}
	m := map[string][]byte{
		"empty messages":       repeated(1_500_000, 0x1a, 0),
		"packed enum":          packed,
		"packed enum, twice":   append(packed, packed...),
		"escapes":              lengthened(1, repeated(300_000, 0x01)),
		"characters in pieces": lengthened(1, bytes.Repeat([]byte("\u00e9\u20ac\U0001f600\x01\x01\x01"), 80_000)),
		"no UTF-8":             lengthened(1, repeated(600_000, 0xff)),
		"bytes":                lengthened(2, repeated(3_300_000, 1)),
		"map of strings":       names,
		"map of numbers":       numbers,
		"struct":               lengthened(8, fields),
		"deep":                 lengthened(9, lengthened(9, packed)),
		"in parts":             append(lengthened(9, packed), lengthened(9, packed)...),
		"oneof, superseded":    append(lengthened(11, packed), lengthened(10, []byte("a"))...),
		"jumbled":              append(append(append([]byte{}, lengthened(9, packed)...), repeated(5000, 0x1a, 2, 0x0a, 0)...), lengthened(1, []byte("text"))...),
	}
	anyOf := func(value []byte) []byte {
		return append(lengthened(1, []byte("type.googleapis.com/large.M")), lengthened(2, value)...)
	}
	m["any"] = lengthened(7, anyOf(append(packed, m["struct"]...)))
	m["any in any"] = lengthened(7, anyOf(append(lengthened(7, anyOf(packed)), packed...)))
	m["any that is broken"] = lengthened(7, anyOf(append(append([]byte{}, packed...), 0xff)))
	return m
}

func largeMethod(t testing.TB) *idl.Method {
	t.Helper()
	schema, err := load.Files(t.Context(), load.Options{Strings: []load.Text{{Text: largeIDL}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := schema.Message(t.Context(), "large.M")
	if err != nil {
		t.Fatal(err)
	}
	return &idl.Method{Input: m, Output: m}
}

// TestStream: in pieces, a reply has the text that it has in one.
func TestStream(t *testing.T) {
	t.Parallel()
	m := largeMethod(t)
	for name, body := range largeBodies() {
		for _, o := range []format.Options{{}, {Binary: format.Hex, IDLNames: true}} {
			checkStream(t, name, m, o, body)
		}
	}
}

// checkStream returns the text.
func checkStream(t *testing.T, name string, m *idl.Method, o format.Options, body []byte) []byte {
	t.Helper()
	c := codec(t, m, o)
	want, err := c.Decode([]byte("before "), body)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var got []byte
	pieces := 0
	rest, err := c.Stream([]byte("before "), body, func(text []byte) error {
		pieces++
		got = append(got, text...)
		return nil
	})
	got = append([]byte("before "), append(got, bytes.TrimPrefix(rest, []byte("before "))...)...)
	switch {
	case err != nil:
		t.Errorf("%s: %v", name, err)
	case pieces == 0 && name != "oneof, superseded" && name != "any that is broken":
		t.Errorf("%s: in one piece of %d bytes", name, len(want))
	case !bytes.Equal(got, want):
		t.Errorf("%s: %d bytes in %d pieces, want %d bytes", name, len(got), pieces, len(want))
	case !json.Valid(want[len("before "):]):
		t.Errorf("%s: not JSON", name)
	}
	return want
}

// TestStreamBroken: of a reply that is not sound nothing is given away.
func TestStreamBroken(t *testing.T) {
	t.Parallel()
	m := largeMethod(t)
	c := codec(t, m, format.Options{})
	for name, body := range largeBodies() {
		if strings.HasPrefix(name, "any") {
			continue // those are shown as bytes
		}
		_, err := c.Stream(nil, append(body, 0x0a), func([]byte) error {
			t.Errorf("%s: text of a broken reply", name)
			return nil
		})
		if decode := (*format.DecodeError)(nil); !errors.As(err, &decode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	full := errors.New("disk full")
	if _, err := c.Stream(nil, largeBodies()["any"], func([]byte) error { return full }); err != full { //nolint:errorlint // as it is
		t.Errorf("got %v", err)
	}
}

var unpainted = strings.NewReplacer("<0>", "", "<f>", "", "<t>", "", "<n>", "", "<s>", "", "<k>", "", "<a>", "", "<o>", "", "</>", "")

// TestPrintColours: each kind of value has its own, and punctuation that of its container.
func TestPrintColours(t *testing.T) {
	t.Parallel()
	palette := format.Palette{Null: "<0>", False: "<f>", True: "<t>", Number: "<n>", String: "<s>", Key: "<k>", Array: "<a>", Object: "<o>", Reset: "</>"}
	for json, want := range map[string]string{
		`null`:            `<0>null</>`,
		`[true,false,-1]`: `<a>[</><t>true</><a>,</><f>false</><a>,</><n>-1</><a>]</>`,
		`{"a":"b","c":1}`: `<o>{</><k>"a"</><o>:</><s>"b"</><o>,</><k>"c"</><o>:</><n>1</><o>}</>`,
		`[[],{}]`:         `<a>[</><a>[]</><a>,</><o>{}</><a>]</>`,
		`{"a":[1,"]"]}`:   `<o>{</><k>"a"</><o>:</><a>[</><n>1</><a>,</><s>"]"</><a>]</><o>}</>`,
	} {
		var out bytes.Buffer
		p := format.NewPrinter(&out, &idl.Method{}, nil, format.Style{Palette: palette})
		p.PrintJSON([]byte(json))
		if err := p.Flush(); err != nil || out.String() != want+"\n" {
			t.Errorf("%s: got %s (%v), want %s", json, out.String(), err, want)
		}
	}
}

// TestPrintStream: so it is over lines, in colour, and as text.
func TestPrintStream(t *testing.T) {
	t.Parallel()
	m := largeMethod(t)
	c := codec(t, m, format.Options{})
	palette := format.Palette{Null: "<0>", False: "<f>", True: "<t>", Number: "<n>", String: "<s>", Key: "<k>", Array: "<a>", Object: "<o>", Reset: "</>"}
	bodies := largeBodies()
	for _, name := range []string{"packed enum", "characters in pieces", "map of numbers"} {
		body := bodies[name]
		line, err := c.Decode(nil, body)
		if err != nil {
			t.Fatal(err)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, line, "", "  "); err != nil {
			t.Fatal(err)
		}
		print := func(s format.Style) string {
			var out bytes.Buffer
			p := format.NewPrinter(&out, m, c, s)
			if err := errors.Join(p.PrintIn([]byte(`{"m":`), body, func(dst []byte) []byte { return append(dst, '}') }), p.Print(body), p.Flush()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			return out.String()
		}
		if got := print(format.Style{}); got != `{"m":`+string(line)+"}\n"+string(line)+"\n" {
			t.Errorf("%s: plain text differs", name)
		}
		got := print(format.Style{Pretty: true})
		if !strings.HasSuffix(got, "\n}\n"+indented.String()+"\n") {
			t.Errorf("%s: laid out text differs", name)
		}
		coloured := print(format.Style{Pretty: true, Palette: palette})
		if plain := unpainted.Replace(coloured); plain != got {
			t.Errorf("%s: coloured text differs", name)
		}
	}
}

// TestTextStream: text format in pieces reads back as the message.
func TestTextStream(t *testing.T) {
	t.Parallel()
	m := largeMethod(t)
	message := m.Output.(*idl.ProtoMessage)
	c := codec(t, m, format.Options{})
	bodies := largeBodies()
	for _, name := range []string{"packed enum", "escapes", "map of strings", "struct", "any"} {
		body := bodies[name]
		want, err := c.Decode(nil, body)
		if err != nil {
			t.Fatal(err)
		}
		for _, pretty := range []bool{false, true} {
			var out bytes.Buffer
			p := format.NewPrinter(&out, m, nil, format.Style{Output: format.TextForm, Pretty: pretty})
			if err := errors.Join(p.Print(body), p.Flush()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			back, err := format.EncodeText(nil, out.Bytes(), message)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got, err := c.Decode(nil, back); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: reads back as another message (%v)", name, err)
			}
		}
	}
}

// TestThriftStream is TestStream for the encodings of Thrift.
func TestThriftStream(t *testing.T) {
	t.Parallel()
	kind := &thrift.Type{Name: "Kind", Kind: thrift.KindI32, Enum: &thrift.Enum{
		FullName: "x.Kind", Values: []thrift.EnumValue{{Name: strings.Repeat("LONG_NAME_", 8), Number: 0}},
	}}
	empty := structOf("x.Empty", withDefault(field(1, "text", tString), `"`+strings.Repeat("x", 90)+`"`))
	s := structOf("x.S",
		field(1, "kinds", listOf(kind)), field(2, "empties", listOf(record(empty))), field(3, "text", tString),
		field(4, "names", mapOf(tI32, tString)), field(5, "last", tString))
	binary := map[string]string{
		"enums":   "0f0001 08 00007530" + strings.Repeat("00000000", 30_000) + "00",
		"empties": "0f0002 0c 00007530" + strings.Repeat("00", 30_000) + "00",
		"escapes": "0b0003 00061a80" + strings.Repeat("01", 400_000) + "00",
	}
	for name, text := range binary {
		checkStream(t, name, bare(s), format.Options{}, unhex(t, text))
	}
	m := thriftMethod(listOf(kind), nil)
	checkStream(t, "result", m, format.Options{}, unhex(t, "0f0000 08 00007530"+strings.Repeat("00000000", 30_000)+"00"))
	compact := over(stream.Compact, bare(s))
	body, err := codec(t, compact, format.Options{}).Encode(nil, []byte(`{"kinds":[`+strings.Repeat("0,", 30_000)+`0],"text":"t"}`))
	if err != nil {
		t.Fatal(err)
	}
	checkStream(t, "compact", compact, format.Options{}, body)
}

// TestMapSizes: a map decodes alike whether its records are kept, its entries are, both
// or neither, and with another one around it.
func TestMapSizes(t *testing.T) {
	t.Parallel()
	m := largeMethod(t)
	c := codec(t, m, format.Options{})
	for _, n := range []int{1, 600, 1023, 1024, 1025, 1500, 2048, 4095, 4096, 4097, 6000} {
		var inside, want strings.Builder
		for i := range n {
			want.WriteString(`,"` + strconv.Itoa(i) + `":{}`)
			inside.Write(lengthened(6, protowire.AppendVarint([]byte{8}, uint64(n-1-i))))
		}
		flat := `{"numbers":{` + want.String()[1:] + `}}`
		check := func(body []byte, want string) {
			t.Helper()
			if got, err := c.Decode(nil, body); err != nil || string(got) != want {
				t.Errorf("%d entries: %.80s, %v, want %.80s", n, got, err, want)
			}
		}
		check([]byte(inside.String()), flat)
		// As the value of every entry of another map.
		entry := lengthened(2, []byte(inside.String()))
		check(append(lengthened(6, append([]byte{8, 1}, entry...)), lengthened(6, append([]byte{8, 2}, entry...))...),
			`{"numbers":{"1":`+flat+`,"2":`+flat+`}}`)
	}
}

package oracle_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// common makes IDLs, and documents that fit them, of what both codecs define the
// same way: no null, integers of plain digits, enums as numbers, maps with keys
// that are strings or integers, base64 with padding, nothing twice.
type common struct {
	*rand.Rand
	wide    bool // also what only Apache's library knows: uuid, other keys
	structs []string
	fields  [][]commonField
}

type commonField struct {
	name, typ string
	required  bool
	value     func(depth int) string
}

// idl writes some structs, each of which may contain those before it.
func (c *common) idl() string {
	var b strings.Builder
	b.WriteString("enum Color { RED = 1, GREEN = -2 }\n")
	for range 1 + c.IntN(4) {
		name := fmt.Sprintf("S%d", len(c.structs))
		fmt.Fprintf(&b, "struct %s {\n", name)
		var fields []commonField
		for i := range 1 + c.IntN(6) {
			f := commonField{name: fmt.Sprintf("field%d", i), required: c.IntN(4) == 0}
			f.typ, f.value = c.typ(0)
			need := []string{"", "optional "}[c.IntN(2)]
			if f.required {
				need = "required "
			}
			fmt.Fprintf(&b, "    %d: %s%s %s\n", 1+i*(1+i*40), need, f.typ, f.name)
			fields = append(fields, f)
		}
		b.WriteString("}\n")
		c.structs, c.fields = append(c.structs, name), append(c.fields, fields)
	}
	return b.String()
}

// typ is a type and what makes values of it.
func (c *common) typ(depth int) (string, func(int) string) {
	number := func(bits int) func(int) string {
		return func(int) string { return fmt.Sprint(int64(c.Uint64()) >> (64 - bits) >> (c.IntN(bits))) }
	}
	if c.wide && c.IntN(10) == 0 {
		return "uuid", func(int) string {
			return fmt.Sprintf(`"%08x-0000-4000-8000-%012x"`, c.Uint32(), c.Uint32())
		}
	}
	kinds := 12
	if depth > 2 {
		kinds = 9
	}
	switch c.IntN(kinds) {
	case 0:
		return "bool", func(int) string { return []string{"true", "false"}[c.IntN(2)] }
	case 1:
		return "i8", number(8)
	case 2:
		return "i16", number(16)
	case 3:
		return "i32", number(32)
	case 4:
		return "i64", number(64)
	case 5:
		return "double", func(int) string { return fmt.Sprint(c.IntN(2000)-1000, ".", c.IntN(1000)) }
	case 6:
		return "string", func(int) string { return c.text() }
	case 7:
		return "binary", func(int) string {
			return `"` + base64.StdEncoding.EncodeToString([]byte(c.text())) + `"`
		}
	case 8:
		return "Color", func(int) string { return []string{"1", "-2", "77"}[c.IntN(3)] }
	case 9:
		if len(c.structs) > 0 {
			i := c.IntN(len(c.structs))
			return c.structs[i], func(depth int) string { return c.object(i, depth+1) }
		}
		return "bool", func(int) string { return "true" }
	case 10:
		elem, value := c.typ(depth + 1)
		return []string{"list<", "set<"}[c.IntN(2)] + elem + ">", func(depth int) string { return c.list(value, depth) }
	}
	elem, value := c.typ(depth + 1)
	if c.wide && c.IntN(3) == 0 {
		key, keys := c.typ(depth + 1)
		return "map<" + key + "," + elem + ">", func(depth int) string { return c.pairs(keys, value, depth) }
	}
	key := []string{"string", "i8", "i16", "i32", "i64"}[c.IntN(5)]
	return "map<" + key + "," + elem + ">", func(depth int) string { return c.mapping(key, value, depth) }
}

func (c *common) text() string {
	all := []string{`""`, `"plain"`, `"ü and 😀"`, `"a\"b\\c\nd"`, `"\u00e9\t"`, `"` + strings.Repeat("long ", c.IntN(100)) + `"`}
	return all[c.IntN(len(all))]
}

// list never has an element twice: it may be a set.
func (c *common) list(value func(int) string, depth int) string {
	seen := map[string]bool{}
	var parts []string
	for range c.IntN(20) * c.IntN(2) {
		if v := value(depth); !seen[v] {
			seen[v] = true
			parts = append(parts, v)
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (c *common) mapping(key string, value func(int) string, depth int) string {
	seen := map[string]bool{}
	var parts []string
	for range c.IntN(6) {
		k := fmt.Sprintf(`"%d"`, int8(c.Uint64()))
		if key == "string" {
			k = c.text()
		}
		if !seen[k] {
			seen[k] = true
			parts = append(parts, k+":"+value(depth))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// pairs is a map with keys of any type.
func (c *common) pairs(key, value func(int) string, depth int) string {
	seen := map[string]bool{}
	var parts []string
	for range c.IntN(4) {
		if k := key(depth); !seen[k] {
			seen[k] = true
			parts = append(parts, "["+k+","+value(depth)+"]")
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (c *common) object(i, depth int) string {
	var parts []string
	for _, f := range c.fields[i] {
		if f.required || depth < 6 && c.IntN(3) > 0 {
			parts = append(parts, fmt.Sprintf("%q: %s", f.name, f.value(depth)))
		}
	}
	c.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ", ") + "}"
}

// differ encodes and decodes one document with both codecs.
func differ(t *testing.T, seed uint64) {
	c := &common{Rand: rand.New(rand.NewPCG(seed, 7))}
	text := c.idl()
	last := len(c.structs) - 1
	doc := []byte(c.object(last, 0))
	ours, theirs := codecs(t, text, c.structs[last])
	body, err := ours.Encode(nil, doc)
	if err != nil {
		if strings.Contains(err.Error(), "has this element already") || strings.Contains(err.Error(), "duplicate map key") {
			return // two spellings of one value
		}
		t.Fatalf("seed %d: we refuse %s: %v\n%s", seed, doc, err, text)
	}
	theirBody, err := theirs.FromJSON(doc)
	if err != nil {
		t.Fatalf("seed %d: dynamicgo refuses %s: %v\n%s", seed, doc, err, text)
	}
	if string(theirBody) != string(body) {
		t.Fatalf("seed %d: %s\n%s\ndynamicgo %x\nwe        %x", seed, text, doc, theirBody, body)
	}
	want, err := ours.Decode(nil, body)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	got, err := theirs.ToJSON(body)
	if err != nil {
		t.Fatalf("seed %d: dynamicgo does not decode %x: %v", seed, body, err)
	}
	if !sameJSON(got, want) {
		t.Fatalf("seed %d: %s\ndynamicgo %s\nwe        %s", seed, text, got, want)
	}
}

// sameJSON compares values: the order of fields is not the same, nor how floats
// look.
func sameJSON(a, b []byte) bool {
	var x, y any
	decode := func(text []byte, v *any) error {
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		return d.Decode(v)
	}
	return decode(a, &x) == nil && decode(b, &y) == nil && reflect.DeepEqual(plain(x), plain(y))
}

// plain makes numbers comparable: integers stay as they are, digit by digit.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			x, _ := v.Float64()
			return x
		}
		if x, err := v.Float64(); err == nil && x == float64(int64(x)) && x > -1<<53 && x < 1<<53 {
			return x
		}
	}
	return v
}

// TestAgainstDynamicgo: on random IDLs and documents both codecs agree, byte for
// byte on the wire.
func TestAgainstDynamicgo(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		differ(t, seed)
	}
}

func FuzzAgainstDynamicgo(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(differ)
}
